// A failure in words that say what to do.
import { t } from './i18n/words.svelte.ts';
import { Problem } from './problem.ts';

const KNOWN = [
  'code_refused',
  'credentials_refused',
  'too_many_tries',
  'token_refused',
  'sign_in_needed',
  'alert_changed',
  'alert_not_acknowledged',
  'endpoint_refused',
  'forbidden',
  'not_found',
] as const;

/** Our own words for known codes, else the server's, else a general sentence. */
export function explain(failure: unknown): string {
  if (!(failure instanceof Problem)) return t('error.unexpected', { status: '–' });
  if (failure.offline) return t('error.unreachable');
  const known = KNOWN.find((code) => code === failure.code);
  if (known) return t(`error.${known}`);
  return failure.message || t('error.unexpected', { status: failure.status });
}
