// The words of "Mes proches", on top of those that are always there.
import { speak } from '../../shared/i18n/words.svelte.ts';
import { caregivers } from '../../shared/caregivers/fr.ts';

export const t = speak(caregivers, () => import('./en.ts').then((m) => m.en));
