import { language, speak } from '../../shared/i18n/words.svelte.ts';
import { clock, moment } from '../../shared/when.ts';
import { fr } from './fr.ts';
import { today } from './today.fr.ts';

export { language, say } from '../../shared/i18n/words.svelte.ts';
export const t = speak({ ...fr, ...today }, () => import('./en.ts').then((m) => m.en));

/** When something happened: "à 14:30", "hier à 10:00". */
export function happened(at: string): string {
  return moment(at, Date.now(), language());
}

/** A deadline: "14:30", "demain à 10:00". */
export function when(at: string): string {
  return clock(at, Date.now(), language());
}
