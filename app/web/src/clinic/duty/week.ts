// The days of a roster in the establishment's own time: what falls on which day, from which hour to which.

export interface Between {
  from_at: string;
  to_at: string;
}

export interface Piece<T> {
  of: T;
  from: string; // "08:00", of that day
  until: string; // "24:00" when it goes on past midnight
}

const DAY = 86_400_000;

/** The local day and hour of an instant: ["2026-11-24", "08:00"]. */
export function local(at: number, zone: string): [string, string] {
  const parts = new Intl.DateTimeFormat('en-CA', {
    timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', hourCycle: 'h23',
  }).formatToParts(at);
  const part = (type: string): string => parts.find((one) => one.type === type)?.value ?? '';
  return [`${part('year')}-${part('month')}-${part('day')}`, `${part('hour')}:${part('minute')}`];
}

/** A day of the calendar some days later (or earlier). */
export function later(day: string, days: number): string {
  return new Date(Date.parse(`${day}T12:00:00Z`) + days * DAY).toISOString().slice(0, 10);
}

/** The Monday on or before a day. */
export function monday(day: string): string {
  const weekday = (new Date(`${day}T12:00:00Z`).getUTCDay() + 6) % 7;
  return later(day, -weekday);
}

/** The seven days from a Monday. */
export function weekOf(first: string): string[] {
  return Array.from({ length: 7 }, (_, index) => later(first, index));
}

/** What of `all` falls on `day`, in order of its hour. What lasts over midnight has a piece on each day. */
export function on<T extends Between>(day: string, all: readonly T[], zone: string): Piece<T>[] {
  return all
    .flatMap((of) => {
      const [fromDay, fromHour] = local(Date.parse(of.from_at), zone);
      const [untilDay, untilHour] = local(Date.parse(of.to_at), zone);
      if (fromDay > day || untilDay < day || (untilDay === day && untilHour === '00:00')) return [];
      return [{ of, from: fromDay < day ? '00:00' : fromHour, until: untilDay > day ? '24:00' : untilHour }];
    })
    .sort((a, b) => a.from.localeCompare(b.from) || a.until.localeCompare(b.until));
}

/** The instant of a local hour of a local day. In the autumn night's double hour the first of the two; in the spring's gap an hour later. */
export function instant(day: string, hour: string, zone: string): string {
  const wanted = Date.parse(`${day}T${hour}:00Z`);
  const offset = (at: number): number => {
    const [d, h] = local(at, zone);
    return Date.parse(`${d}T${h}:00Z`) - at;
  };
  const first = wanted - offset(wanted - DAY / 2);
  const second = wanted - offset(first);
  const right = [first, second].filter((at) => local(at, zone).join() === `${day},${hour}`);
  return new Date(right.length > 0 ? Math.min(...right) : first).toISOString();
}
