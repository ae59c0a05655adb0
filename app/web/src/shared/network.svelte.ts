// Whether there is a network. What the device believes may be wrong both ways: only an answer, or none, proves it.
let online = $state(navigator.onLine);

addEventListener('online', () => (online = true));
addEventListener('offline', () => (online = false));

export function isOnline(): boolean {
  return online;
}

/** The server was asked, and has or has not been heard. */
export function heard(answered: boolean): void {
  online = answered;
}
