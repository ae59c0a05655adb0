// One day of the line in sentences: what the cursor reads out, and what the table repeats.
import { day, number, t } from './words.ts';
import type { Line } from './line.ts';

/** The day first, then what was taken, then how the patient was. */
export function reading(line: Line, index: number): string[] {
  const on = line.days[index];
  if (!on) return [''];
  const place = line.places[index];
  const said = [place ? t('timeline.say.day', { day: day(on), cycle: place.cycle, n: place.day }) : day(on)];
  line.drugs.forEach((drug, which) => {
    const count = line.counts[which]?.[index];
    if (!count) return;
    const planned = drug.planned[index] ?? 0;
    const extra = drug.extra[index] ?? 0;
    if (planned > 0) said.push(t('timeline.say.dose', { drug: drug.title, planned: number(planned), taken: number(drug.taken[index] ?? 0) }));
    if (extra > 0) said.push(t('timeline.say.extra', { mg: number(extra) }));
    if (count.unreported > 0) said.push(t('timeline.say.unreported', { n: count.unreported }));
    if (count.planned === 0 && extra === 0) said.push(t('timeline.say.rest'));
  });
  if (line.holds[index]) said.push(t('timeline.say.hold'));
  const told = line.symptoms.filter((one) => (one.grades[index] ?? 0) > 0);
  for (const one of told) said.push(t('timeline.say.grade', { symptom: one.title, grade: one.grades[index]! }));
  if (told.length === 0 && line.symptoms.some((one) => one.grades[index] !== null)) said.push(t('timeline.say.none'));
  const weight = line.weight[index];
  if (weight != null) said.push(t('timeline.say.weight', { kg: number(weight) }));
  for (const alert of line.alerts.filter((one) => one.index === index)) {
    said.push(t('timeline.say.alert', { level: t(`level.${alert.level}`).toLowerCase() }));
  }
  return said;
}
