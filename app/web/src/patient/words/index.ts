import { language, speak } from '../../shared/i18n/words.svelte.ts';
import { clock } from '../../shared/when.ts';
import { fr } from './fr.ts';

export { language, say } from '../../shared/i18n/words.svelte.ts';
export const t = speak(fr, () => import('./en.ts').then((m) => m.en));

/** An instant in the reader's words, seen from now. */
export function when(at: string): string {
  return clock(at, Date.now(), language());
}
