// The words of the roster, of reachability and of the agreements, on top of the clinic's own.
import { speak } from '../../shared/i18n/words.svelte.ts';
import { duty } from '../words/duty.fr.ts';
import { fr } from '../words/fr.ts';

export { coded, happened, language, roleWords, say, when } from '../words/index.ts';
export const t = speak({ ...fr, ...duty }, () => import('../words/en.ts').then((m) => m.en));
