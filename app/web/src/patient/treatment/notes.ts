// What leaves the phone about the treatment: addresses and bodies as the server wants them, beside what the screen must know.
import type { Note } from '../outbox.ts';
import type { About, Entry } from './journal.ts';

type Outgoing = Omit<Note, 'state' | 'refusal'>;
const note = (id: string, method: Note['method'], path: string, body: unknown, about: About): Outgoing => ({
  id,
  method,
  path,
  body,
  about,
  named: about.kind === 'intake' || about.kind === 'stop' || about.kind === 'box',
});

/** A dose: the server decides whether it was on time. */
export function intakeNote(entry: Entry): Outgoing {
  const body = {
    drug: entry.drug,
    kind: entry.state === 'late' ? 'taken' : entry.state,
    at: entry.at,
    slot: entry.state === 'extra' ? null : { day: entry.on, number: entry.slot },
    reason: entry.reason,
    mg: entry.mg,
    replaces: entry.replaces,
  };
  return note(entry.id, 'PUT', `/api/intakes/${entry.id}`, body, { kind: 'intake', entry });
}

/** Taking back a dose that has left. */
export function undoNote(id: string, intake: string): Outgoing {
  return note(id, 'POST', `/api/intakes/${intake}/undo`, null, { kind: 'undo', intake });
}

/** The plan up to this order was read. */
export function readNote(id: string, course: string, version: number): Outgoing {
  return note(id, 'POST', '/api/plan/read', { course_id: course, version }, { kind: 'read', number: version });
}

export interface Box {
  drug: string;
  strength_mg: number;
  units: number;
  on: string;
}

/** A box that has come. */
export function boxNote(id: string, box: Box): Outgoing {
  return note(id, 'PUT', `/api/boxes-at-home/${id}`, { ...box, kind: 'dispensed' }, { kind: 'box' });
}

/** The patient has stopped alone, and says why. */
export function stopNote(id: string, reason: string): Outgoing {
  return note(id, 'PUT', `/api/stops/${id}`, { reason }, { kind: 'stop', reason });
}
