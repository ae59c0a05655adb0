// Instants in a person's words. The zone is the device's; Intl does the work.
import { clockOf } from './civil.ts';
import type { Lang } from './types.ts';

/** How Intl knows our languages. English is that of Europe: the day before the month. */
export const LOCALE = { fr: 'fr', en: 'en-GB' };
const JOIN = { fr: 'à ', en: 'at ' };
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export interface Due {
  late: boolean;
  soon: boolean; // less than 15 minutes are left
  minutes: number; // left, or past when late
  clock: string; // "14:30", "demain à 10:00", "lun. 24 nov. à 10:00"
}

/** How a deadline stands at `now` (milliseconds). */
export function due(at: string, now: number, lang: Lang, zone?: string): Due {
  const left = Date.parse(at) - now;
  return {
    late: left < 0,
    soon: left >= 0 && left < 15 * MINUTE,
    minutes: left < 0 ? Math.floor(-left / MINUTE) : Math.ceil(left / MINUTE),
    clock: clock(at, now, lang, zone),
  };
}

/** "à 14:30" today, otherwise like `clock`: when something happened. */
export function moment(at: string, now: number, lang: Lang, zone?: string): string {
  const words = clock(at, now, lang, zone);
  return /^\d/.test(words) && words.length <= 5 ? `${JOIN[lang]}${words}` : words;
}

/** The hour if it is today, "demain à 10:00" or "hier à 10:00" next to it, the date further away. */
export function clock(at: string, now: number, lang: Lang, zone?: string): string {
  const then = Date.parse(at);
  const time = clockOf(then, zone);
  const days = daysBetween(now, then, zone);
  if (days === 0) return time;
  if (Math.abs(days) === 1) {
    return `${new Intl.RelativeTimeFormat(lang, { numeric: 'auto' }).format(days, 'day')} ${JOIN[lang]}${time}`;
  }
  const form: Intl.DateTimeFormatOptions =
    Math.abs(days) < 300
      ? { weekday: 'short', day: 'numeric', month: 'short', timeZone: zone }
      : { day: 'numeric', month: 'short', year: 'numeric', timeZone: zone };
  return `${new Intl.DateTimeFormat(LOCALE[lang], form).format(then)} ${JOIN[lang]}${time}`;
}

/** "12 min", "3 h 05", "2 j": how long something has lasted. */
export function span(milliseconds: number, lang: Lang): string {
  const minutes = Math.max(0, Math.floor(milliseconds / MINUTE));
  if (minutes < 60) return `${minutes} min`;
  if (minutes < 24 * 60) return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')}`;
  return `${Math.floor(minutes / 1440)} ${lang === 'fr' ? 'j' : 'd'}`;
}

/** What is left or past, for a watch that runs: "4 min 05 s" near the end, minutes and hours further away. */
export function countdown(milliseconds: number, lang: Lang): string {
  if (milliseconds >= 15 * MINUTE) return span(milliseconds, lang);
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  if (seconds < 60) return `${seconds} s`;
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`;
}

/** A local date ("2026-11-24") or an instant, in words: "mardi 24 novembre". */
export function dayInWords(on: string, lang: Lang, now: number = Date.now()): string {
  const local = /^\d{4}-\d\d-\d\d$/.test(on) ? new Date(`${on}T12:00`) : new Date(on);
  const days = daysBetween(now, local.getTime());
  const words = new Intl.DateTimeFormat(LOCALE[lang], { weekday: 'long', day: 'numeric', month: 'long' }).format(local);
  if (Math.abs(days) > 1) return words;
  return `${new Intl.RelativeTimeFormat(lang, { numeric: 'auto' }).format(days, 'day')}, ${words}`;
}

/** A birth date as people say it: "12/03/1951". */
export function birthDate(on: string, lang: Lang): string {
  const [year = '', month = '', day = ''] = on.split('-');
  return new Intl.DateTimeFormat(LOCALE[lang], { timeZone: 'UTC' }).format(
    Date.UTC(+year, +month - 1, +day),
  );
}

/** Whole years since a birth date. */
export function age(bornOn: string, now: number): number {
  const [year = 0, month = 1, day = 1] = bornOn.split('-').map(Number);
  const today = new Date(now);
  const before = today.getMonth() + 1 < month || (today.getMonth() + 1 === month && today.getDate() < day);
  return today.getFullYear() - year - (before ? 1 : 0);
}

function daysBetween(from: number, to: number, zone?: string): number {
  const midnight = (at: number): number => {
    const parts = new Intl.DateTimeFormat('en-CA', { timeZone: zone }).format(at);
    return Date.parse(`${parts}T00:00:00Z`);
  };
  return Math.round((midnight(to) - midnight(from)) / DAY);
}
