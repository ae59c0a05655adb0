// The model as the server lays it out (GET /api/model), and the few sums that its pages need.
import type { components } from '../../shared/api.d.ts';
import { Problem } from '../../shared/client.ts';
import { explain } from '../../shared/explain.ts';
import { perhaps } from '../../shared/i18n/words.svelte.ts';
import type { Lang } from '../../shared/types.ts';

type Sent = components['schemas'];
export type Page = Sent['ModelPage'];
export type Score = Sent['ScoreWords'];
export type Week = Sent['Week'];
export type Card = Sent['CardWords'];
export type KnownCard = Sent['KnownCard'];

/** A probability as a person reads it: "2,9 %". */
export function percent(value: number | null | undefined, lang: Lang): string {
  if (value == null) return '–';
  return new Intl.NumberFormat(lang, { style: 'percent', minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(value);
}

/** A number with so many digits; a dash for none. */
export function figure(value: number | null | undefined, lang: Lang, digits = 0): string {
  if (value == null) return '–';
  return new Intl.NumberFormat(lang, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value);
}

/** A fingerprint short enough for a line. */
export function short(sha256: string): string {
  return sha256.slice(0, 12);
}

/** Why something was refused: each thing that is missing has its own words. */
export function refusals(failure: unknown): string[] {
  if (!(failure instanceof Problem) || failure.code !== 'not_ready_for_live') return [explain(failure)];
  return [explain(failure), ...failure.errors.map((one) => perhaps(`model.missing.${one.path}`) ?? one.message)];
}
