// The words of the screens behind the first one, on top of those that are always there.
import { speak } from '../../shared/i18n/words.svelte.ts';
import { fr } from './fr.ts';
import { screens } from './screens.fr.ts';

export { happened, language, say, when } from './index.ts';
export const t = speak({ ...fr, ...screens }, () => import('./en.ts').then((m) => m.en));
