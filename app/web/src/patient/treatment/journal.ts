// What was told of each dose, from here or elsewhere, sent or not: one list, so that nobody has to wonder whether they have taken it.
import type { Author, Told } from '../../shared/types.ts';
import type { Note } from '../outbox.ts';

export type { Told };

/** One dose told. `at` is when it was swallowed, or when a miss was told. */
export interface Entry {
  id: string;
  drug: string;
  on: string; // the day it belongs to: 03:00 to 02:59
  slot: number; // number of the dose in that day; of no meaning for an extra one
  state: Told;
  at: string;
  mg: number | null; // null: as planned
  reason: string | null;
  by: Author;
  recorded_at: string;
  replaces: string | null;
  standing: 'waiting' | 'sent' | 'refused';
}

export type About =
  | { kind: 'intake'; entry: Entry }
  | { kind: 'undo'; intake: string }
  | { kind: 'stop'; reason: string }
  | { kind: 'box' }
  | { kind: 'read'; number: number };

export const UNDO_MINUTES = 10;

/** The doses that count now: the server's, with what this phone knows better; without those undone or corrected. */
export function journal(known: readonly Entry[], queue: readonly Note[], departed: readonly Note[]): Entry[] {
  const all = new Map(known.map((entry) => [entry.id, entry]));
  const undone = new Set<string>();
  for (const note of [...departed, ...queue]) {
    const about = note.about as About;
    const standing = departed.includes(note) ? 'sent' : note.state;
    if (about.kind === 'intake' && !all.has(about.entry.id)) all.set(about.entry.id, { ...about.entry, standing });
    if (about.kind === 'undo' && standing !== 'refused') undone.add(about.intake);
  }
  for (const id of undone) all.delete(id);
  for (const entry of [...all.values()]) if (entry.replaces && entry.standing !== 'refused') all.delete(entry.replaces);
  return [...all.values()].sort((a, b) => a.recorded_at.localeCompare(b.recorded_at) || a.id.localeCompare(b.id));
}

/** The one entry that answers for a drug of a slot: the last told; extra doses answer for none. */
export function answerOf(entries: readonly Entry[], on: string, dose: { drug: string; number: number }): Entry | undefined {
  return entries.filter((one) => one.state !== 'extra' && one.on === on && one.slot === dose.number && one.drug === dose.drug).at(-1);
}

/** Within ten minutes whoever told it can take it back; afterwards a correction is a new entry. */
export function canUndo(entry: Entry, now: number, me: Author = 'patient'): boolean {
  const age = now - Date.parse(entry.recorded_at);
  return entry.by === me && entry.standing !== 'refused' && age >= -60_000 && age < UNDO_MINUTES * 60_000;
}
