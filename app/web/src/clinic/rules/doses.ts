// A regimen's doses and days in words.
import type { RegimenDoses } from '../../shared/types.ts';
import { language, t } from '../words/index.ts';

type Drug = RegimenDoses['drugs'][number];
type Days = Pick<NonNullable<RegimenDoses['calendar']>, 'cycle_days' | 'on_days'>;

export function mg(value: number): string {
  return new Intl.NumberFormat(language(), { maximumFractionDigits: 3 }).format(value);
}

/** "1 250 mg/m²" or "2,5 mg": what one intake is. */
export function amount(fixed: number | null, surface: number | null): string {
  if (fixed !== null) return t('dosing.mg', { mg: mg(fixed) });
  return surface === null ? '' : t('dosing.mg.m2', { mg: mg(surface) });
}

/** The same, and how it is found: fixed, or by body surface. */
export function basis(drug: Drug): string {
  return `${amount(drug.mg, drug.per_m2_mg)}, ${t(drug.mg === null ? 'dosing.by-surface' : 'dosing.fixed')}`;
}

/** What the label limits or rounds. */
export function limits(drug: Drug): string[] {
  const said: string[] = [];
  if (drug.round_to_mg !== null) said.push(t('dosing.round', { mg: mg(drug.round_to_mg) }));
  if (drug.max_mg !== null) said.push(t('dosing.max', { mg: mg(drug.max_mg) }));
  if (drug.max_daily_per_m2_mg !== null) said.push(t('dosing.max.daily', { mg: mg(drug.max_daily_per_m2_mg) }));
  return said;
}

/** "20, 50, 100 mg". */
export function steps(doses: readonly number[]): string {
  return t('dosing.mg', { mg: doses.map(mg).join(', ') });
}

/** "jours 1 à 14 d'un cycle de 21 jours". */
export function days(calendar: Days): string {
  const spans = calendar.on_days.map((span) => (span.first === span.last ? String(span.first) : t('dosing.span', { first: span.first, last: span.last })));
  const all = calendar.on_days.length === 1 && calendar.on_days[0]?.first === 1 && calendar.on_days[0].last === calendar.cycle_days;
  return all ? t('dosing.every-day', { n: calendar.cycle_days }) : t('dosing.days.words', { days: spans.join(', '), n: calendar.cycle_days });
}
