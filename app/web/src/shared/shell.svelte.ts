// The page's tie to its service worker: registers it, says when a new version waits, follows a notification.
import { go } from './route.svelte.ts';
import { trustedWorker } from './trusted.ts';

let waiting = $state.raw<ServiceWorker | null>(null);
export function updateWaits(): boolean {
  return waiting !== null;
}

/** The person asked for the new version: the worker changes hands, then the page starts again. */
export function updateNow(): void {
  navigator.serviceWorker.addEventListener('controllerchange', () => location.reload(), { once: true });
  waiting?.postMessage('skip-waiting');
}

/** Register the worker of this face. */
export async function startShell(): Promise<void> {
  if (!('serviceWorker' in navigator)) return;
  navigator.serviceWorker.addEventListener('message', (event: MessageEvent<{ go?: string }>) => {
    const hash = event.data?.go;
    if (typeof hash === 'string') go(hash.replace(/^#/, '') || '/');
  });
  try {
    const scope = `/${__FACE__}/`;
    const registration = await navigator.serviceWorker.register(trustedWorker(), { scope, updateViaCache: 'none' });
    const look = (): void => {
      // without a controller it is the first visit: nothing old is running
      if (registration.waiting && navigator.serviceWorker.controller) waiting = registration.waiting;
    };
    look();
    registration.addEventListener('updatefound', () => registration.installing?.addEventListener('statechange', look));
    setInterval(() => void registration.update().catch(() => undefined), 60 * 60_000);
  } catch {
    // a private window may refuse workers: everything but offline and push still works
  }
}
