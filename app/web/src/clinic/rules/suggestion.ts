// What the label suggests at a grade, in words: what to do, until when, and with how much to go on.
import type { Suggestion } from '../../shared/types.ts';
import { t } from '../words/index.ts';

/** "suspendre, jusqu'au grade 1, puis reprendre à 75 % de la dose de départ". */
export function suggested(one: Suggestion): string {
  const said: string[] = [t(`suggest.${one.then}`)];
  if (one.if_persists_h != null) said.push(t('suggest.persists', { n: one.if_persists_h }));
  if (one.at_least_days != null) said.push(t('suggest.days', { n: one.at_least_days }));
  if (one.until_grade != null) said.push(t('suggest.until', { grade: one.until_grade }));
  if (one.reduce_by_mg != null) said.push(t('suggest.by', { mg: one.reduce_by_mg }));
  if (one.resume_pct != null) said.push(t('suggest.resume', { pct: one.resume_pct }));
  return said.join(', ');
}

/** "grade 2, 3e fois". */
export function occasion(one: Suggestion): string {
  return one.occurrence == null ? t('suggest.grade', { grade: one.grade }) : t('suggest.grade.time', { grade: one.grade, n: one.occurrence });
}
