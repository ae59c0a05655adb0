import { speak } from '../../shared/i18n/words.svelte.ts';
import { fr } from './fr.ts';

export { language, say } from '../../shared/i18n/words.svelte.ts';
export const t = speak(fr, () => import('./en.ts').then((m) => m.en));
