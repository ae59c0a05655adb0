/// <reference lib="webworker" />
// One worker per face, with that face's path as its scope: the shell offline, pushes, and (patient) the queue.
import { alone, departed, flush, notes } from './patient/outbox.ts';
import { openDoses, type Snoozed } from './patient/treatment/snooze.ts';
import { currentOwner, Vault } from './patient/vault.ts';
import type { Plan } from './shared/types.ts';

declare const __FACE__: 'patient' | 'clinic';
declare const __PRECACHE__: string[];
declare const __VERSION__: string;

const worker = self as unknown as ServiceWorkerGlobalScope;
const CACHE = `shell-${__FACE__}-${__VERSION__}`;
const SCOPE = `/${__FACE__}/`;
const LATER = 'later'; // the button of a reminder
const LATER_MINUTES = 30;
const LATER_WORDS = { fr: 'Dans 30 minutes', en: 'In 30 minutes' };
const LISTED = new Set(__PRECACHE__.map((file) => SCOPE + file));

interface Push {
  notification?: { title?: string; body?: string; lang?: string; navigate?: string; tag?: string; require_interaction?: boolean };
  receipt?: { url?: string; token?: string };
}

worker.addEventListener('install', (event) => event.waitUntil(fill()));

worker.addEventListener('activate', (event) => event.waitUntil(takeOver()));

worker.addEventListener('fetch', (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== 'GET' || url.origin !== worker.location.origin) return;
  if (event.request.mode === 'navigate') event.respondWith(kept(`${SCOPE}index.html`, event.request));
  else if (LISTED.has(url.pathname)) event.respondWith(kept(url.pathname, event.request));
  // everything else, /api above all, goes to the network untouched
});

worker.addEventListener('message', (event) => {
  // only when the person said so: never in the middle of a questionnaire
  if (event.data === 'skip-waiting') void worker.skipWaiting();
});

worker.addEventListener('push', (event) => event.waitUntil(show(event.data)));

worker.addEventListener('notificationclick', (event) => {
  event.notification.close();
  const data = event.notification.data as { navigate?: string; token?: string } | null;
  event.waitUntil(event.action === LATER ? later(data) : open(data));
});

if (__FACE__ === 'patient') {
  // Background Sync where it exists: the queue leaves although the page is closed
  worker.addEventListener('sync', (event) => {
    (event as ExtendableEvent).waitUntil(sendQueue());
  });
}

async function fill(): Promise<void> {
  const cache = await caches.open(CACHE);
  await cache.addAll([...LISTED].map((path) => new Request(path, { cache: 'reload' })));
}

async function takeOver(): Promise<void> {
  const old = (await caches.keys()).filter((name) => name.startsWith(`shell-${__FACE__}-`) && name !== CACHE);
  await Promise.all(old.map((name) => caches.delete(name)));
  // without this the first visit is not under the worker and lazy files fail offline
  await worker.clients.claim();
}

async function kept(path: string, request: Request): Promise<Response> {
  return (await (await caches.open(CACHE)).match(path)) ?? fetch(request);
}

async function show(data: PushMessageData | null): Promise<void> {
  let push: Push = {};
  try {
    push = (data?.json() ?? {}) as Push;
  } catch {
    // a push must always be shown, even one that we cannot read
  }
  const { title, body, lang, navigate, tag, require_interaction } = push.notification ?? {};
  await worker.registration.showNotification(title ?? 'Vigie', {
    body: body ?? 'Ouvrez Vigie.',
    lang: lang ?? 'fr',
    tag: tag ?? '',
    requireInteraction: require_interaction ?? false,
    icon: `${SCOPE}icon-192.png`,
    badge: `${SCOPE}badge-96.png`,
    data: { navigate, token: push.receipt?.token },
    // only a reminder of doses leads there; elsewhere a button "later" would promise what nobody keeps
    ...(__FACE__ === 'patient' && navigate?.endsWith('#/intakes') ? { actions: [{ action: LATER, title: LATER_WORDS[lang === 'en' ? 'en' : 'fr'] }] } : {}),
  } as NotificationOptions);
  await tellReceipt(push.receipt?.token, 'received');
}

async function open(data: { navigate?: string; token?: string } | null): Promise<void> {
  const opened = tellReceipt(data?.token, 'opened');
  const wanted = new URL(data?.navigate ?? SCOPE, worker.location.origin);
  // a notification of this face opens this face, never another site and never the other face
  const inside = wanted.origin === worker.location.origin && wanted.pathname.startsWith(SCOPE);
  const target = inside ? wanted.href : new URL(SCOPE, worker.location.origin).href;
  const windows = await worker.clients.matchAll({ type: 'window' });
  const page = windows.find((client) => new URL(client.url).pathname.startsWith(SCOPE));
  try {
    if (page) {
      // the page goes there itself: a half-filled report is not torn away by a reload
      page.postMessage({ go: new URL(target).hash });
      await page.focus();
    } else {
      await worker.clients.openWindow(target);
    }
  } catch {
    // focusing needs a real click; the receipt matters more
  }
  await opened;
}

/** "In 30 minutes": for each dose that may be taken now and has no answer yet. When that cannot be told, the page opens instead. */
async function later(data: { navigate?: string; token?: string } | null): Promise<void> {
  const owner = await currentOwner();
  const vault = owner ? await Vault.open(owner) : null;
  let told = false;
  try {
    const kept = await vault?.get<{ plan: Plan }>('plan:treatment');
    const due = kept ? openDoses(kept.plan, [...(await notes(vault!)), ...(await departed(vault!))], Date.now()) : [];
    const replies = await Promise.all(due.map((dose) => snooze(dose)));
    told = replies.length > 0 && replies.every((ok) => ok);
  } finally {
    vault?.close();
  }
  if (told) await tellReceipt(data?.token, 'opened');
  else await open(data);
}

async function snooze(dose: Snoozed): Promise<boolean> {
  try {
    const reply = await fetch('/api/reminders/snooze', {
      method: 'POST',
      headers: { 'Vigie-Face': 'patient', 'Content-Type': 'application/json' },
      body: JSON.stringify({ ...dose, minutes: LATER_MINUTES }),
      credentials: 'same-origin',
      signal: AbortSignal.timeout(8_000),
    });
    return reply.ok;
  } catch {
    return false;
  }
}

/** Tell the server that this notification arrived or was opened; one more try, then the escalation takes over. */
async function tellReceipt(token: string | undefined, state: 'received' | 'opened'): Promise<void> {
  if (!token) return;
  for (const pause of [0, 2_000]) {
    if (pause) await new Promise((resolve) => setTimeout(resolve, pause));
    try {
      const reply = await fetch('/api/receipts', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ token, state }),
        signal: AbortSignal.timeout(8_000),
      });
      if (reply.status < 500) return;
    } catch {
      // no network for a moment: once more
    }
  }
}

async function sendQueue(): Promise<void> {
  const owner = await currentOwner();
  if (!owner) return;
  const { left } = await alone(async () => {
    const vault = await Vault.open(owner);
    try {
      return await flush(vault);
    } finally {
      vault.close();
    }
  });
  if (left > 0) throw new Error('reports still wait'); // the browser then tries again later
}
