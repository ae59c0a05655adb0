/// <reference lib="webworker" />
// One worker per face, with that face's path as its scope: the shell offline, pushes, and (patient) the queue.
declare const __FACE__: 'patient' | 'clinic';
declare const __PRECACHE__: string[];
declare const __VERSION__: string;

const worker = self as unknown as ServiceWorkerGlobalScope;
const CACHE = `shell-${__FACE__}-${__VERSION__}`;
const SCOPE = `/${__FACE__}/`;
const LISTED = new Set(__PRECACHE__.map((file) => SCOPE + file));

worker.addEventListener('install', (event) => event.waitUntil(fill()));

worker.addEventListener('activate', (event) => event.waitUntil(takeOver()));

worker.addEventListener('fetch', (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== 'GET' || url.origin !== worker.location.origin) return;
  if (event.request.mode === 'navigate') event.respondWith(kept(SCOPE + 'index.html', event.request));
  else if (LISTED.has(url.pathname)) event.respondWith(kept(url.pathname, event.request));
  // everything else, /api above all, goes to the network untouched
});

worker.addEventListener('message', (event) => {
  // only when the person said so: never in the middle of a questionnaire
  if (event.data === 'skip-waiting') void worker.skipWaiting();
});

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
