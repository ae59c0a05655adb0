// What the first screen says of today's doses: from the plan the phone keeps, what was told, and the hour. No network is needed.
import type { Text } from '../../shared/types.ts';
import { answerOf, type Entry } from './journal.ts';

/** So many tablets or capsules of one strength. */
export interface Tablets {
  strength: string; // as written on the box: "500 mg", "15/6.14"
  count: number;
}

export interface PlannedDose {
  drug: string;
  number: number; // with drug and day it names the dose
  title: Text;
  mg: number | null; // null: not recorded yet
  tablets: readonly Tablets[];
}

/** Everything to swallow at one time of one day. */
export interface Slot {
  on: string; // the day it belongs to: 03:00 to 02:59
  slot: number; // its place in that day
  at: number; // milliseconds
  opens: number; // from when it may be logged with one tap
  closes: number;
  doses: PlannedDose[];
}

export type Standing =
  | 'told' // every dose of it has an answer
  | 'open' // now is the time
  | 'later'
  | 'past'; // the window has closed and something is unanswered

export function standing(slot: Slot, entries: readonly Entry[], now: number): Standing {
  if (slot.doses.every((dose) => answerOf(entries, slot.on, dose))) return 'told';
  if (now < slot.opens) return 'later';
  return now <= slot.closes ? 'open' : 'past';
}

/** What was told of a slot, a dose each; undefined where nothing was. */
export function answers(slot: Slot, entries: readonly Entry[]): (Entry | undefined)[] {
  return slot.doses.map((dose) => answerOf(entries, slot.on, dose));
}

/** The next slot after now that has no answer yet. */
export function next(slots: readonly Slot[], entries: readonly Entry[], now: number): Slot | undefined {
  return slots.find((slot) => slot.at > now && standing(slot, entries, now) !== 'told');
}

/** Between "taken" and "late": a tap within the window is on time, after it is late. */
export function takenAs(slot: Slot, at: number): 'taken' | 'late' {
  return at > slot.closes ? 'late' : 'taken';
}
