// Weekly turns: minutes of the local week, Monday 00:00 is 0.
const DAY = 1440;
const WEEK = 7 * DAY;

export interface Turn {
  from_minute: number;
  to_minute: number;
}

/** A turn from an hour to an hour on one weekday (0 is Monday); one that ends no later than it begins ends the next day. Over Sunday midnight it is two. */
export function turnsOn(weekday: number, from: string, to: string): Turn[] {
  const begin = weekday * DAY + minutes(from);
  const end = weekday * DAY + minutes(to) + (minutes(to) <= minutes(from) ? DAY : 0);
  if (end <= WEEK) return [{ from_minute: begin, to_minute: end }];
  return [{ from_minute: begin, to_minute: WEEK }, { from_minute: 0, to_minute: end - WEEK }];
}

/** "08:30" is 510. */
export function minutes(hour: string): number {
  const [h = 0, m = 0] = hour.split(':').map(Number);
  return h * 60 + m;
}

/** Day and hour of a minute of the week; the end of a day belongs to that day as "24:00" when `end` is asked for. */
export function place(minute: number, end = false): { weekday: number; hour: string } {
  const last = end && minute > 0 && minute % DAY === 0;
  const at = last ? minute - 1 : minute;
  const rest = minute % DAY;
  const hour = last ? '24:00' : `${String(Math.floor(rest / 60)).padStart(2, '0')}:${String(rest % 60).padStart(2, '0')}`;
  return { weekday: Math.floor(at / DAY) % 7, hour };
}

/** The name of a weekday, 0 is Monday: "lundi", or "lun." */
export function weekday(day: number, lang: string, form: 'long' | 'short' = 'short'): string {
  return new Intl.DateTimeFormat(lang, { weekday: form, timeZone: 'UTC' }).format(Date.UTC(2026, 10, 23 + day));
}

/** "lun. 08:00–18:00", "ven. 18:00 – lun. 08:00". */
export function turnInWords({ from_minute, to_minute }: Turn, lang: string): string {
  const from = place(from_minute);
  const to = place(to_minute, true);
  const begin = `${weekday(from.weekday, lang)} ${from.hour}`;
  return from.weekday === to.weekday && to_minute - from_minute <= DAY ? `${begin}–${to.hour}` : `${begin} – ${weekday(to.weekday, lang)} ${to.hour}`;
}
