// A failure in words that say what to do.
import { perhaps, t } from './i18n/words.svelte.ts';
import { Problem } from './problem.ts';

/** Our own words for the codes that this face knows; a general sentence with the number otherwise. */
export function explain(failure: unknown): string {
  if (!(failure instanceof Problem)) return t('error.unexpected', { status: '–' });
  if (failure.offline) return t('error.unreachable');
  return perhaps(`error.${failure.code}`) ?? t('error.unexpected', { status: failure.status });
}
