// Planned intakes as calendar days: for a preview before signing, and for the cycle that runs.
import { plusDays, type CalendarDay, type DayState } from '../../shared/calendar/weeks.ts';

/** One planned intake, as far as a calendar needs it. */
export interface Planned {
  drug: string;
  day: string;
  mg: number | null;
  held: boolean;
  units: readonly { count: number; written: string }[];
}

/** Each day from `first` to `last`: what is to be taken of which boxes, in words. */
export function cycleOf(
  slots: readonly Planned[],
  first: string,
  last: string,
  title: (drug: string) => string,
  words: (state: DayState) => string,
  amount: (mg: number) => string,
): CalendarDay[] {
  const days: CalendarDay[] = [];
  for (let on = first; on <= last; on = plusDays(on, 1)) {
    const here = slots.filter((slot) => slot.day === on);
    const wanted = here.filter((slot) => !slot.held);
    const state: DayState = wanted.length > 0 ? 'planned' : here.length > 0 ? 'hold' : 'rest';
    const taken = [...new Set(wanted.map((slot) => slot.drug))].map((drug) => {
      const mine = wanted.filter((slot) => slot.drug === drug);
      return `${title(drug)} ${mine.length} × ${mine[0]?.mg == null ? '?' : amount(mine[0].mg)} mg`;
    });
    days.push({ on, state, words: [words(state), ...taken].join(', ') });
  }
  return days;
}
