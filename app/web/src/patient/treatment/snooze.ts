// Which doses a reminder may be put off for: those that can be taken now and that nobody has answered for.
import type { Plan } from '../../shared/types.ts';
import type { Note } from '../outbox.ts';
import type { About } from './journal.ts';

export interface Snoozed {
  drug: string;
  day: string;
  number: number;
}

/** Also what waits on this phone counts as an answer. */
export function openDoses(plan: Plan, kept: readonly Note[], now: number): Snoozed[] {
  const told = [
    ...plan.intakes.map((one) => ({ drug: one.drug, day: one.day, number: one.number })),
    ...kept.flatMap((note) => {
      const about = note.about as About;
      return about.kind === 'intake' && about.entry.state !== 'extra' ? [{ drug: about.entry.drug, day: about.entry.on, number: about.entry.slot }] : [];
    }),
  ];
  return plan.slots
    .filter((slot) => !slot.held && Date.parse(slot.opens_at) <= now && now <= Date.parse(slot.closes_at))
    .filter((slot) => !told.some((one) => one.drug === slot.drug && one.day === slot.day && one.number === slot.number))
    .map(({ drug, day, number }) => ({ drug, day, number }));
}
