// Whether to offer to put Vigie on the home screen. The browser says once, soon after the start, that it can: whatever screen is open then.

/** The browser's own question, to be asked when the person has tapped. */
export interface Offer extends Event {
  prompt(): Promise<void>;
}

const LATER = 'vigie-install-later';
const installed = matchMedia('(display-mode: standalone)').matches || ('standalone' in navigator && navigator.standalone === true);
export const iphone = /iPhone|iPad/.test(navigator.userAgent);

let offer = $state.raw<Offer | null>(null);
let later = $state(localStorage.getItem(LATER) !== null);

addEventListener('beforeinstallprompt', (event) => {
  event.preventDefault();
  offer = event as Offer;
});

/** The browser's offer while it stands. An iPhone makes none: there the person finds the way by Safari's menu. */
export function offered(): Offer | null {
  return offer;
}

/** Whether the card is shown. */
export function installable(): boolean {
  return !installed && !later && (offer !== null || iphone);
}

/** Not now; not asked again on this phone. */
export function putOff(): void {
  later = true;
  localStorage.setItem(LATER, '1');
}

/** Let the browser ask: an offer can be used once. */
export async function install(): Promise<void> {
  await offer?.prompt();
  offer = null;
}
