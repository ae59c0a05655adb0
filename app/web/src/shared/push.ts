// Web push of this device: asked for only after the person said yes on our own page.
import { sameBytes } from './bytes.ts';
import { answer, api, Problem } from './client.ts';

export type PushState = 'unsupported' | 'denied' | 'off' | 'on';

/** How it stands on this device. */
export async function pushState(): Promise<PushState> {
  if (!('serviceWorker' in navigator && 'PushManager' in window && 'Notification' in window)) return 'unsupported';
  if (Notification.permission === 'denied') return 'denied';
  const registration = await navigator.serviceWorker.getRegistration();
  const subscription = await registration?.pushManager.getSubscription().catch(() => null);
  return Notification.permission === 'granted' && subscription ? 'on' : 'off';
}

/** Ask the browser, subscribe, and tell the server. Throws a Problem when a step fails. */
export async function enablePush(): Promise<PushState> {
  const permission = await Notification.requestPermission();
  if (permission !== 'granted') return permission === 'denied' ? 'denied' : 'off';
  const registration = await navigator.serviceWorker.ready;
  const { key } = await answer(api.GET('/api/push-key'));
  let subscription: PushSubscription;
  try {
    subscription = await registration.pushManager.subscribe({
      userVisibleOnly: true,
      applicationServerKey: fromBase64Url(key),
    });
  } catch {
    throw new Problem(0, 'push_service', '');
  }
  await register(subscription);
  return 'on';
}

/** Tell the server again: browsers renew subscriptions, another person may use this device now, or the server's key has changed. */
export async function refreshPush(): Promise<void> {
  if ((await pushState()) !== 'on') return;
  const registration = await navigator.serviceWorker.ready;
  let subscription = await registration.pushManager.getSubscription();
  if (!subscription) return;
  const { key } = await answer(api.GET('/api/push-key'));
  const wanted = fromBase64Url(key);
  if (!sameBytes(subscription.options.applicationServerKey, wanted)) {
    // bound to the old key for ever: the browser must let go of it before it takes the new one
    await subscription.unsubscribe();
    subscription = await registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: wanted });
  }
  await register(subscription);
}

/** What this device calls itself in the list of devices. */
export function deviceLabel(): string {
  const agent = navigator.userAgent;
  const system = /iPhone|iPad/.exec(agent)?.[0] ?? /Android|Windows|Mac OS X|Linux/.exec(agent)?.[0] ?? '';
  const browser = /Edg|Firefox|SamsungBrowser|Chrome|Safari/.exec(agent)?.[0] ?? '';
  return [browser.replace('Edg', 'Edge'), system.replace('Mac OS X', 'Mac')].filter(Boolean).join(', ') || 'Appareil';
}

async function register(subscription: PushSubscription): Promise<void> {
  const { endpoint, keys } = subscription.toJSON();
  await answer(
    api.POST('/api/devices', {
      body: {
        endpoint: endpoint ?? '',
        keys: { p256dh: keys?.['p256dh'] ?? '', auth: keys?.['auth'] ?? '' },
        label: deviceLabel(),
      },
    }),
  );
}

function fromBase64Url(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text.replace(/-/g, '+').replace(/_/g, '/'));
  return Uint8Array.from(binary, (letter) => letter.charCodeAt(0));
}
