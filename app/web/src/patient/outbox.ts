// The queue of what the patient tells: kept sealed until the server says it has it. Runs in the page and in the worker.
import type { Receipt, ReportDraft, Text } from '../shared/types.ts';
import { fate } from './sending.ts';
import { noteWaiting, Vault } from './vault.ts';

export type Spoken = Pick<Receipt, 'level' | 'emergency' | 'hold' | 'headline' | 'advice'>;

interface Queued {
  id: string; // a UUIDv7 made here: names sort by age, and sending twice is sending once
  state: 'waiting' | 'refused';
  refusal: { status: number; code: string; detail: string; paths: string[] } | null;
}

export interface Parcel extends Queued {
  report: ReportDraft;
  alarming: string[]; // what must not wait: the screen shows what to do meanwhile
  titles: Text[]; // the same, in words
  spoken: Spoken | null; // what the rules on this phone say, until the server has judged
}

/** What is not a report: an intake, its undoing, a box received, a plan read. All of it may be sent twice without harm. */
export interface Note extends Queued {
  method: 'PUT' | 'POST';
  path: string;
  body: unknown;
  about: unknown; // what the screen has to know of it, also after it has left
  named: boolean; // the answer must repeat the id: a page of some hotel's network is no answer to a dose
  reply?: unknown; // what the server answered
}

const NAME = 'outbox:';
const DONE = 'done:'; // notes that have left
const RESULT = 'result:';
const ANSWERS = 'answers:'; // the draft behind a parcel, in case the report is refused and has to be mended
const PATIENCE = 20_000;

/** Put a report in the queue. It survives the page, the phone's restart and a session that ends. */
export async function enqueue(vault: Vault, parcel: Parcel, answers: unknown): Promise<void> {
  await vault.put(ANSWERS + parcel.id, answers);
  await vault.put(NAME + parcel.id, parcel);
  await count(vault);
}

/** Put something else than a report in the same queue, behind what waits there already. */
export async function post(vault: Vault, note: Omit<Note, 'state' | 'refusal'>): Promise<void> {
  await vault.put(NAME + note.id, { ...note, state: 'waiting', refusal: null } satisfies Note);
  await count(vault);
}

async function queue(vault: Vault): Promise<(Parcel | Note)[]> {
  const found = await Promise.all((await vault.names(NAME)).map((name) => vault.get<Parcel | Note>(name)));
  return found.filter((one) => one !== undefined);
}

/** The reports that have not left, or were refused. */
export async function parcels(vault: Vault): Promise<Parcel[]> {
  return (await queue(vault)).filter((one) => 'report' in one);
}

/** Everything else that has not left, or was refused. */
export async function notes(vault: Vault): Promise<Note[]> {
  return (await queue(vault)).filter((one) => 'path' in one);
}

/** What has left from here and may not be in the server's last answer yet, oldest first. */
export async function departed(vault: Vault): Promise<Note[]> {
  const found = await Promise.all((await vault.names(DONE)).map((name) => vault.get<Note>(name)));
  return found.filter((one) => one !== undefined);
}

/** The server's answer holds it now: the phone need not remember it by itself. */
export async function forget(vault: Vault, ids: readonly string[]): Promise<void> {
  await Promise.all(ids.map((id) => vault.remove(DONE + id)));
}

export async function parcel(vault: Vault, id: string): Promise<Parcel | undefined> {
  return vault.get<Parcel>(NAME + id);
}

/** The server's answer to a report that this phone sent. */
export async function result(vault: Vault, id: string): Promise<Receipt | undefined> {
  return vault.get<Receipt>(RESULT + id);
}

/** Take a report or a note out of the queue; gives the answers behind a report. Inside `alone` if it may be leaving right now. */
export async function withdraw<T>(vault: Vault, id: string): Promise<T | undefined> {
  const answers = await vault.get<T>(ANSWERS + id);
  await vault.remove(NAME + id);
  await vault.remove(ANSWERS + id);
  await count(vault);
  return answers;
}

/** Give a refused report another chance. */
export async function retry(vault: Vault, id: string): Promise<void> {
  const kept = await vault.get<Parcel | Note>(NAME + id);
  if (kept) await vault.put(NAME + id, { ...kept, state: 'waiting', refusal: null } satisfies Parcel | Note);
}

/** Run alone, across tabs and the worker: a flush, a sign-in and a sign-out never overlap. */
export function alone<T>(work: () => Promise<T>): Promise<T> {
  return navigator.locks.request('vigie-outbox', work) as Promise<T>;
}

/** Send what waits, oldest first. Stops at the first that cannot go now; `ended`: nobody here may send. Call inside `alone`. */
export async function flush(vault: Vault): Promise<{ sent: number; left: number; ended: boolean }> {
  const waiting = (await queue(vault)).filter((one) => one.state === 'waiting');
  let sent = 0;
  // the cookie may be another person's by now (shared phone): ask before sending anything under it
  const owner = waiting.length > 0 ? await cookieOwner() : null;
  let ended = owner !== null && owner !== vault.owner;
  if (owner === vault.owner) {
    for (const one of waiting) {
      const reply = await put(one);
      const verdict = fate(reply?.status ?? null);
      ended = reply?.status === 401;
      if ('path' in one && verdict === 'received') {
        const told = (await reply?.json().catch(() => null)) as { id?: string } | null;
        if (one.named && told?.id !== one.id) break;
        await vault.put(DONE + one.id, { ...one, reply: told }); // before it leaves the queue: a crash in between only sends it again
        await vault.remove(NAME + one.id);
        sent += 1;
        continue;
      }
      const receipt = verdict === 'received' ? ((await reply?.json().catch(() => null)) as Receipt | null) : null;
      if (verdict === 'keep' || (verdict === 'received' && receipt?.report_id !== one.id)) break;
      if (receipt) {
        await forgetResults(vault);
        await vault.put(RESULT + one.id, receipt); // before the parcel goes: a crash in between only sends it again
        await vault.remove(NAME + one.id);
        await vault.remove(ANSWERS + one.id);
        sent += 1;
      } else if (reply) {
        await vault.put(NAME + one.id, { ...one, state: 'refused', refusal: await refusal(reply) } satisfies Parcel | Note);
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

async function put(one: Parcel | Note): Promise<Response | null> {
  const { method, path, body } = 'path' in one ? one : { method: 'PUT', path: `/api/reports/${one.id}`, body: one.report };
  try {
    return await fetch(path, {
      method,
      headers: { ...FACE, 'Content-Type': 'application/json' },
      body: body === null ? undefined : JSON.stringify(body),
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
