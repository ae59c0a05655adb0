// The queue of reports: kept sealed until the server says it has them. Runs in the page and in the worker.
import type { Receipt, ReportDraft, Text } from '../shared/types.ts';
import { fate } from './sending.ts';
import { noteWaiting, Vault } from './vault.ts';

export type Spoken = Pick<Receipt, 'level' | 'emergency' | 'hold' | 'headline' | 'advice'>;

export interface Parcel {
  id: string;
  report: ReportDraft;
  alarming: string[]; // what must not wait: the screen shows what to do meanwhile
  titles: Text[]; // the same, in words
  spoken: Spoken | null; // what the rules on this phone say, until the server has judged
  state: 'waiting' | 'refused';
  refusal: { status: number; code: string; detail: string; paths: string[] } | null;
}

const NAME = 'outbox:';
const RESULT = 'result:';
const ANSWERS = 'answers:'; // the draft behind a parcel, in case the report is refused and has to be mended
const PATIENCE = 20_000;

/** Put a report in the queue. It survives the page, the phone's restart and a session that ends. */
export async function enqueue(vault: Vault, parcel: Parcel, answers: unknown): Promise<void> {
  await vault.put(ANSWERS + parcel.id, answers);
  await vault.put(NAME + parcel.id, parcel);
  await count(vault);
}

export async function parcels(vault: Vault): Promise<Parcel[]> {
  const found = await Promise.all((await vault.names(NAME)).map((name) => vault.get<Parcel>(name)));
  return found.filter((parcel) => parcel !== undefined);
}

export async function parcel(vault: Vault, id: string): Promise<Parcel | undefined> {
  return vault.get<Parcel>(NAME + id);
}

/** The server's answer to a report that this phone sent. */
export async function result(vault: Vault, id: string): Promise<Receipt | undefined> {
  return vault.get<Receipt>(RESULT + id);
}

/** Take a refused report out of the queue; gives the answers behind it. */
export async function withdraw<T>(vault: Vault, id: string): Promise<T | undefined> {
  const answers = await vault.get<T>(ANSWERS + id);
  await vault.remove(NAME + id);
  await vault.remove(ANSWERS + id);
  await count(vault);
  return answers;
}

/** Give a refused report another chance. */
export async function retry(vault: Vault, id: string): Promise<void> {
  const kept = await parcel(vault, id);
  if (kept) await vault.put(NAME + id, { ...kept, state: 'waiting', refusal: null } satisfies Parcel);
}

/** Run alone, across tabs and the worker: a flush, a sign-in and a sign-out never overlap. */
export function alone<T>(work: () => Promise<T>): Promise<T> {
  return navigator.locks.request('vigie-outbox', work) as Promise<T>;
}

/** Send what waits, oldest first. Stops at the first that cannot go now; `ended`: nobody here may send. Call inside `alone`. */
export async function flush(vault: Vault): Promise<{ sent: number; left: number; ended: boolean }> {
  const waiting = (await parcels(vault)).filter((one) => one.state === 'waiting');
  let sent = 0;
  // the cookie may be another person's by now (shared phone): ask before sending anything under it
  const owner = waiting.length > 0 ? await cookieOwner() : null;
  let ended = owner !== null && owner !== vault.owner;
  if (owner === vault.owner) {
    for (const one of waiting) {
      const reply = await put(one);
      const verdict = fate(reply?.status ?? null);
      ended = reply?.status === 401;
      const receipt = verdict === 'received' ? ((await reply?.json().catch(() => null)) as Receipt | null) : null;
      if (verdict === 'keep' || (verdict === 'received' && receipt?.report_id !== one.id)) break;
      if (receipt) {
        await forgetResults(vault);
        await vault.put(RESULT + one.id, receipt); // before the parcel goes: a crash in between only sends it again
        await vault.remove(NAME + one.id);
        await vault.remove(ANSWERS + one.id);
        sent += 1;
      } else if (reply) {
        await vault.put(NAME + one.id, { ...one, state: 'refused', refusal: await refusal(reply) } satisfies Parcel);
      }
    }
  }
  const left = await count(vault);
  if (sent > 0 || waiting.length > 0) tell();
  return { sent, left, ended };
}

/** Whether the page and the worker should look again. */
export function tell(): void {
  const channel = new BroadcastChannel('vigie-outbox');
  channel.postMessage('changed');
  channel.close();
}

const FACE = { 'Vigie-Face': 'patient' }; // the worker sends too, and a professional may be signed in beside

async function put(one: Parcel): Promise<Response | null> {
  try {
    return await fetch(`/api/reports/${one.id}`, {
      method: 'PUT',
      headers: { ...FACE, 'Content-Type': 'application/json' },
      body: JSON.stringify(one.report),
      credentials: 'same-origin',
      signal: AbortSignal.timeout(PATIENCE),
    });
  } catch {
    return null;
  }
}

/** Whose cookie this browser holds: an id, '' for nobody's, null when there was no answer. */
async function cookieOwner(): Promise<string | null> {
  try {
    const reply = await fetch('/api/me', { headers: FACE, cache: 'no-store', signal: AbortSignal.timeout(PATIENCE) });
    if (reply.status === 401) return '';
    return reply.ok ? ((await reply.json()) as { id: string }).id : null;
  } catch {
    return null;
  }
}

async function refusal(reply: Response): Promise<Parcel['refusal']> {
  const told = (await reply.json().catch(() => ({}))) as {
    code?: string;
    detail?: string;
    errors?: { path: string }[];
  };
  return {
    status: reply.status,
    code: told.code ?? 'unexpected',
    detail: told.detail ?? '',
    paths: (told.errors ?? []).map((error) => error.path),
  };
}

async function forgetResults(vault: Vault): Promise<void> {
  // the last few are enough to show a result again; the server keeps them all
  const names = await vault.names(RESULT);
  await Promise.all(names.slice(0, -4).map((name) => vault.remove(name)));
}

async function count(vault: Vault): Promise<number> {
  const left = (await vault.names(NAME)).length;
  await noteWaiting(vault.owner, left);
  return left;
}
