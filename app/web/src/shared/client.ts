// The one door to the server: typed paths, problem documents as errors, never a cached answer.
// Typed as openapi-fetch types it; its run-time half (2.5 kB) does more than we need on an old phone.
import type { Client } from 'openapi-fetch';
import { heard } from './network.svelte.ts';
import { Problem, problemOf } from './problem.ts';
import type { paths } from './paths.ts';

export { Problem } from './problem.ts';

const PATIENCE = 15_000; // then it counts as unreachable: a phone at the edge of a network must not hang

interface Asked {
  params?: { path?: Record<string, string | number>; query?: Record<string, string | number | undefined> };
  body?: unknown;
}

// which face asks: one browser may hold a patient and a professional side by side
const face = { 'Vigie-Face': globalThis.location?.pathname.startsWith('/clinic') ? 'clinic' : 'patient' };

// writes are always JSON, also without a body: the server asks for it against forged forms
const headersOf = (method: string) => (method === 'GET' ? face : { ...face, 'Content-Type': 'application/json' });

async function ask(method: string, path: string, { params, body }: Asked = {}): Promise<Answered<unknown>> {
  const asked = Object.entries(params?.query ?? {}).filter(([, value]) => value !== undefined);
  const query = asked.length > 0 ? `?${new URLSearchParams(asked.map(([name, value]) => [name, String(value)])).toString()}` : '';
  const url = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(params?.path?.[name]))) + query;
  const response = await fetch(url, {
    method,
    headers: headersOf(method),
    body: body === undefined ? undefined : JSON.stringify(body),
    credentials: 'same-origin',
    cache: 'no-store',
    signal: AbortSignal.timeout(PATIENCE),
  });
  if (!response.ok) return { error: await response.json().catch(() => undefined), response };
  // an answer cut off half-way is no answer: the caller hears "unreachable"
  return { data: response.status === 204 ? undefined : await response.json(), response };
}

const verb = (method: string) => (path: string, asked?: Asked) => ask(method, path, asked);

export const api = { GET: verb('GET'), POST: verb('POST'), PUT: verb('PUT'), DELETE: verb('DELETE') } as unknown as Pick<
  Client<paths, `${string}/${string}`>,
  'GET' | 'POST' | 'PUT' | 'DELETE'
>;

export interface Answered<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** What the server answered, or a Problem: also when it did not answer (status 0). */
export async function answer<T>(call: Promise<Answered<T>>): Promise<T> {
  let answered: Answered<T>;
  try {
    answered = await call;
    heard(true);
  } catch {
    heard(false);
    throw new Problem(0, 'unreachable', '');
  }
  if (!answered.response.ok) throw problemOf(answered.response.status, answered.error);
  return answered.data as T;
}
