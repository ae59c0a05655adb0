// The words of the treatment's screens, on top of those that are always there.
import { speak } from '../../shared/i18n/words.svelte.ts';
import { fr } from './fr.ts';
import { today } from './today.fr.ts';
import { treatment } from './treatment.fr.ts';

export const t = speak({ ...fr, ...today, ...treatment }, () => import('./en.ts').then((m) => m.en));
