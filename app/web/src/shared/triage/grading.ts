// Answers and measurements to grades 0 to 3; the same as app/domain/grading.py, cell by cell.
import type { Answer, Attribute, Grade, GradeFrom, Rulebook } from './types.ts';

type Answers = Record<string, Answer>;
type Numbers = Record<string, number>;

/** Own properties only: an answer called "constructor" must not find one. */
export const own = <T>(record: Record<string, T>, key: string): T | undefined =>
  Object.hasOwn(record, key) ? record[key] : undefined;

/** Grade of one answer to an item with these attributes, in their order, e.g. "FSI". */
export function composite(letters: string, answer: Answer, rulebook: Rulebook): Grade {
  if (letters === 'P') return answer.P == null ? { grade: 0, complete: false } : { grade: answer.P, complete: true };
  let given = '';
  let index = 0;
  for (const letter of letters) {
    const score = answer[letter as Attribute];
    if (score == null) continue;
    if (score === 0 && letter === letters[0]) return { grade: 0, complete: true };
    given += letter;
    index = index * 5 + score;
  }
  if (!given) return { grade: 0, complete: false };
  return { grade: rulebook.tables[given]?.[index] ?? 0, complete: given === letters };
}

const measuredGrade = (rule: GradeFrom, value: number): number =>
  rule.rows.find((row) => value >= row.at_least)?.grade ?? 0;

/** The measurements, what is computed from them, and what is assumed for lack of them. */
export function measured(answers: Answers, measurements: Numbers, weightKg: number | null, rulebook: Rulebook): Numbers {
  const values = { ...measurements };
  for (const [id, symptom] of Object.entries(rulebook.symptoms)) {
    const assumed = symptom.assumed;
    if (assumed && own(answers, id)?.P === 1 && own(values, assumed.measurement) === undefined) {
      values[assumed.measurement] = assumed.value;
    }
  }
  for (const derived of rulebook.derived) {
    const value = own(values, derived.measurement);
    if (value === undefined || !weightKg) continue;
    const change = derived.formula === 'loss_pct' ? weightKg - value : value - weightKg;
    // rounded to a millionth so that exactly 5 % is not 4.9999999 %
    values[derived.id] = Math.floor(((100 * change) / weightKg) * 1e6 + 0.5) / 1e6;
  }
  return values;
}

/** Grade of each symptom answered or measured. The count leads; words are worth at most one grade less. */
export function grade(answers: Answers, values: Numbers, rulebook: Rulebook): Record<string, Grade> {
  const grades: Record<string, Grade> = {};
  for (const [id, answer] of Object.entries(answers)) {
    const symptom = own(rulebook.symptoms, id);
    if (symptom?.letters && symptom.kind !== 'safety_item') grades[id] = composite(symptom.letters, answer, rulebook);
  }
  for (const [id, symptom] of Object.entries(rulebook.symptoms)) {
    const rule = symptom.grade_from;
    const value = rule && !rule.shown_only ? own(values, rule.measurement) : undefined;
    if (!rule || value === undefined) continue;
    const counted = measuredGrade(rule, value);
    const said = own(grades, id);
    grades[id] = { grade: Math.max(counted, (said?.grade ?? 0) - 1), complete: said?.complete ?? true };
  }
  return grades;
}

/** The same grades, with those that are only shown (fever by its height) in place of what rules use. */
export function displayed(grades: Record<string, Grade>, values: Numbers, rulebook: Rulebook): Record<string, Grade> {
  const shown = { ...grades };
  for (const [id, symptom] of Object.entries(rulebook.symptoms)) {
    const rule = symptom.grade_from;
    const value = rule?.shown_only ? own(values, rule.measurement) : undefined;
    const counted = rule && value !== undefined ? measuredGrade(rule, value) : 0;
    if (counted) shown[id] = { grade: counted, complete: true };
  }
  return shown;
}
