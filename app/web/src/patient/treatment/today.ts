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

/** The day that a moment belongs to where the phone is: a dose at 00:40 is still last evening's. */
export function dayOf(now: number, zone?: string): string {
  // 3 hours by the clock on the wall, not by elapsed time: on the night of a clock change the two differ
  const parts = new Intl.DateTimeFormat('en-CA', {
    timeZone: zone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(now);
  const of = (type: string): string => parts.find((part) => part.type === type)?.value ?? '';
  const on = `${of('year')}-${of('month')}-${of('day')}`;
  if (Number(of('hour')) >= 3) return on;
  return new Date(Date.parse(`${on}T00:00Z`) - 86_400_000).toISOString().slice(0, 10);
}

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

/** The moment of "HH:MM" on a slot's day, where hours before 03:00 are the night that follows it. */
export function momentOf(on: string, clock: string, zone?: string): number {
  const [hours = 0, minutes = 0] = clock.split(':').map(Number);
  const local = Date.parse(`${on}T00:00Z`) + ((hours < 3 ? 24 : 0) + hours) * 3_600_000 + minutes * 60_000;
  // the wall clock shows `local`; take off what the zone adds then, looked up twice because it may change in between
  let at = local - offset(local, zone);
  at = local - offset(at, zone);
  return at;
}

/** "HH:MM" of a moment where the phone is. */
export function clockOf(at: number, zone?: string): string {
  return new Intl.DateTimeFormat('en-GB', { timeZone: zone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(at);
}

function offset(at: number, zone?: string): number {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
    hourCycle: 'h23',
  }).formatToParts(at);
  const of = (type: string): number => Number(parts.find((part) => part.type === type)?.value);
  return Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'), of('second')) - Math.floor(at / 1000) * 1000;
}
