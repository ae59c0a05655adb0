// Days laid out as a calendar: weeks as rows, Monday first, with what is outside left empty.

/** What a day of treatment was, or will be, in one word. */
export type DayState =
  | 'taken' // all that was planned
  | 'partly' // some of it
  | 'missed' // none of it, and said so
  | 'unreported' // nobody said anything
  | 'extra' // more than planned, whatever else
  | 'rest'
  | 'hold'
  | 'planned' // still to come
  | 'unasked' // before Vigie: nobody was asked
  | 'outside'; // before the start, after the end

export interface CalendarDay {
  on: string; // local date, "2026-11-24"
  state: DayState;
  words: string; // the whole day in words, for who cannot see the sign
}

/** The sign in the cell: told apart by shape, not by colour. */
export const SIGNS: Readonly<Record<DayState, string>> = {
  taken: '✓',
  partly: '◐',
  missed: '✕',
  unreported: '?',
  extra: '+',
  rest: '–',
  hold: 'Ⅱ',
  planned: '○',
  unasked: '·',
  outside: '',
};

/** Consecutive days as weeks of seven cells; null where the first and the last week reach beyond them. */
export function weeks<T extends { on: string }>(days: readonly T[]): (T | null)[][] {
  const rows: (T | null)[][] = [];
  for (const day of days) {
    const place = weekday(day.on);
    if (rows.length === 0 || place === 0) rows.push(Array<T | null>(7).fill(null));
    rows.at(-1)![place] = day;
  }
  return rows;
}

/** 0 Monday to 6 Sunday. */
export function weekday(on: string): number {
  return (new Date(`${on}T00:00Z`).getUTCDay() + 6) % 7;
}

/** A local date so many days later or earlier: calendar arithmetic, which no clock change can bend. */
export function plusDays(on: string, days: number): string {
  return new Date(Date.parse(`${on}T00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}

/** Whole days from one local date to another. */
export function daysFrom(from: string, to: string): number {
  return Math.round((Date.parse(`${to}T00:00Z`) - Date.parse(`${from}T00:00Z`)) / 86_400_000);
}
