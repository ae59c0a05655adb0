// The words of the treatment pages, on top of the clinic's own, and the days in them.
import { language, speak } from '../../shared/i18n/words.svelte.ts';
import { fr } from '../words/fr.ts';
import { treatment } from '../words/treatment.fr.ts';
import { LOCALE } from '../../shared/when.ts';

export { language, say } from '../../shared/i18n/words.svelte.ts';
export const t = speak({ ...fr, ...treatment }, () => import('../words/en.ts').then((m) => m.en));

/** A local date in full: "mardi 24 novembre 2026". */
export function day(on: string): string {
  return format(on, { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });
}

/** The same, short: "24 nov. 2026". */
export function shortDay(on: string): string {
  return format(on, { day: 'numeric', month: 'short', year: 'numeric' });
}

/** An instant on the patient's own clock: "mar. 24 nov. 20:00". */
export function shortMoment(at: string, zone: string): string {
  const form: Intl.DateTimeFormatOptions = { weekday: 'short', day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' };
  return new Intl.DateTimeFormat(LOCALE[language()], { ...form, timeZone: zone }).format(Date.parse(at));
}

/** "1 500" or "92,9": a number as people write it. */
export function number(value: number, digits = 1): string {
  return new Intl.NumberFormat(language(), { maximumFractionDigits: digits }).format(value);
}

/** A share as a percentage: 0.9286 is "92,9 %". */
export function percent(share: number): string {
  return new Intl.NumberFormat(language(), { style: 'percent', maximumFractionDigits: 1 }).format(share);
}

function format(on: string, form: Intl.DateTimeFormatOptions): string {
  return on ? new Intl.DateTimeFormat(LOCALE[language()], { ...form, timeZone: 'UTC' }).format(Date.parse(`${on.slice(0, 10)}T00:00Z`)) : '';
}
