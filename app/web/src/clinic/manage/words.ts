// The words of those who plan and watch, on top of the clinic's own.
import { speak } from '../../shared/i18n/words.svelte.ts';
import { fr } from '../words/fr.ts';
import { manage } from '../words/manage.fr.ts';

export { coded, happened, language, roleWords, say, when } from '../words/index.ts';
export const t = speak({ ...fr, ...manage }, () => import('../words/en.ts').then((m) => m.en));
