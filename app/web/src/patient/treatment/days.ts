// The days of a plan for the calendar: what was told of the past ones, what is planned for the others.
import type { CalendarDay, DayState } from '../../shared/calendar/weeks.ts';
import { answerOf, type Entry } from './journal.ts';
import type { PhonePlan, PlanDay } from './plan.ts';

/** One day of the calendar, in one word. */
export function stateOf(plan: PhonePlan, day: PlanDay, entries: readonly Entry[], today: string, now: number): DayState {
  if (entries.some((one) => one.state === 'extra' && one.on === day.on)) return 'extra';
  if (day.kind === 'before' || day.kind === 'over') return 'outside';
  const doses = plan.slots.filter((slot) => slot.on === day.on);
  if (doses.length === 0) return day.kind === 'hold' ? 'hold' : 'rest';
  const told = doses
    .flatMap((slot) => slot.doses.map((dose) => ({ asked: !(slot.at < plan.askedFrom), entry: answerOf(entries, slot.on, dose) })))
    .filter(({ asked, entry }) => asked || entry); // who was not followed yet has nothing to answer for
  if (told.length === 0) return day.on < today || doses.every((slot) => now > slot.closes) ? 'unasked' : 'planned';
  const taken = told.filter(({ entry }) => entry?.state === 'taken' || entry?.state === 'late').length;
  if (taken === told.length) return 'taken';
  if (taken > 0) return 'partly';
  if (told.some(({ entry }) => entry)) return 'missed';
  return day.on < today || (day.on === today && doses.every((slot) => now > slot.closes)) ? 'unreported' : 'planned';
}

/** The days of one cycle as the calendar shows them. */
export function cycleDays(
  plan: PhonePlan,
  cycle: number,
  entries: readonly Entry[],
  today: string,
  now: number,
  words: (state: DayState, day: PlanDay) => string,
): CalendarDay[] {
  return plan.days
    .filter((day) => day.cycle === cycle)
    .map((day) => {
      const state = stateOf(plan, day, entries, today, now);
      return { on: day.on, state, words: words(state, day) };
    });
}
