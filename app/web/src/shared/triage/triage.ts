// The judgement on the phone: red flags and advice without a network. The server's verdict replaces it.
// The same order as app/domain/triage.py; the same cases run on both.
import { holds, type Facts } from './conditions.ts';
import { displayed, grade, measured, own } from './grading.ts';
import { settle, trendOf } from './trend.ts';
import { LEVELS, rank, type Answer, type Chart, type Fired, type Recipient, type Rulebook, type Verdict } from './types.ts';

const RED = rank('red');

/** Judge one report. Total: whatever the answers, there is one verdict. */
export function triage(
  answers: Record<string, Answer>,
  measurements: Record<string, number>,
  chart: Chart,
  rulebook: Rulebook,
): Verdict {
  const regimen = own(rulebook.regimens, chart.regimen) ?? rulebook.unknown_regimen;
  const weight = chart.baseline?.weight_kg ?? null;
  const values = measured(answers, measurements, weight, rulebook);
  const grades = grade(answers, values, rulebook);
  const past = (chart.history ?? []).slice(0, 2).map((report) => {
    const given = report.answers ?? {};
    return numbers(grade(given, measured(given, report.measurements ?? {}, weight, rulebook), rulebook));
  });
  const facts: Facts = {
    grades: numbers(grades),
    measured: values,
    present: new Set(Object.keys(answers).filter((id) => answers[id]?.P === 1)),
    reference: reference(chart, past, rulebook),
    cycle: chart.cycle,
    day: chart.day_of_cycle,
    intakes: intakes(chart, past),
    regimen,
  };
  const tally = new Tally();
  judgeSymptoms(tally, facts, answers, chart, past, rulebook);
  for (const [id, symptom] of Object.entries(rulebook.symptoms)) {
    const effect = symptom.effects?.[0];
    if (symptom.kind === 'safety_item' && effect && facts.present.has(id)) {
      tally.add({ id: effect.id, level: effect.level, symptom: id }, effect.emergency, false);
    }
  }
  for (const rule of rulebook.rules) {
    if (rule.symptom === undefined && holds(rule.when, facts)) {
      tally.add({ id: rule.id, level: rule.level, symptom: null }, rule.emergency, rule.hold);
    }
  }
  countSymptoms(tally, rulebook);
  return verdict(tally, facts, displayed(grades, values, rulebook), rulebook, chart.adherence?.missed_reasons ?? {});
}

class Tally {
  fired: Fired[] = [];
  best = 0;
  reasons: string[] = [];
  emergency = false;
  hold = false;
  calmed = false;
  final = new Map<string, number>();

  add(fired: Fired, emergency = false, hold = false): void {
    this.speak(fired, emergency, hold);
    this.because(rank(fired.level), [fired.id]);
  }

  speak(fired: Fired, emergency = false, hold = false): void {
    this.fired.push(fired);
    this.emergency ||= emergency;
    this.hold ||= hold;
  }

  because(level: number, ids: string[]): void {
    if (level > this.best) {
      this.best = level;
      this.reasons = [...ids];
    } else if (level === this.best && level) this.reasons.push(...ids);
  }
}

const numbers = (grades: Record<string, { grade: number }>): Record<string, number> =>
  Object.fromEntries(Object.entries(grades).map(([id, each]) => [id, each.grade]));

function reference(chart: Chart, past: Record<string, number>[], rulebook: Rulebook): Record<string, number> {
  const last = chart.history?.[0];
  if (last && past[0] && last.days_ago <= rulebook.trend.new_or_worse_within_days) return past[0];
  return chart.baseline?.symptoms ?? {};
}

function intakes(chart: Chart, past: Record<string, number>[]): Record<string, number> {
  const told = chart.adherence ?? {};
  const facts: Record<string, number> = {
    consecutive_days_missed: told.consecutive_days_missed ?? 0,
    patient_stopped: told.patient_stopped ? 1 : 0,
    total_extra: (told.extra_doses ?? 0) + (told.rest_day_doses ?? 0) + (told.doses_during_hold ?? 0),
    doses_during_hold: told.doses_during_hold ?? 0,
    reports_missed_consecutive: told.reports_missed_consecutive ?? 0,
    days_not_begun: told.days_not_begun ?? 0,
  };
  const expected = told.doses_expected ?? 0;
  if (expected > 0) facts['taking_rate'] = (told.doses_taken ?? 0) / expected;
  if (past[0]) facts['last_report_worst_grade'] = Math.max(0, ...Object.values(past[0]));
  return facts;
}

function judgeSymptoms(
  tally: Tally,
  facts: Facts,
  answers: Record<string, Answer>,
  chart: Chart,
  past: Record<string, number>[],
  rulebook: Rulebook,
): void {
  const start = new Map<string, number>();
  const given = new Map<string, string[]>();
  const overlaid = new Set<string>();
  for (const [id, today] of Object.entries(facts.grades)) {
    const effect = today ? own(rulebook.symptoms, id)?.effects?.[today - 1] : undefined;
    if (!effect) continue;
    start.set(id, rank(effect.level));
    given.set(id, [effect.id]);
    if (rank(effect.level)) tally.speak({ id: effect.id, level: effect.level, symptom: id }, effect.emergency);
  }
  for (const rule of rulebook.rules) {
    if (rule.symptom === undefined || !holds(rule.when, facts)) continue;
    overlaid.add(rule.symptom);
    tally.speak({ id: rule.id, level: rule.level, symptom: rule.symptom }, rule.emergency, rule.hold);
    const level = rank(rule.level);
    const before = start.get(rule.symptom) ?? 0;
    if (level > before) {
      start.set(rule.symptom, level);
      given.set(rule.symptom, [rule.id]);
    } else if (level === before && before) given.get(rule.symptom)?.push(rule.id);
  }
  const trend = trendOf(answers, chart, past, rulebook);
  for (const [id, level] of start) {
    const settled = settle(id, level, own(facts.grades, id) ?? 0, overlaid.has(id), trend);
    tally.final.set(id, settled.rank);
    tally.fired.push(...settled.fired);
    tally.calmed ||= settled.lowered && settled.rank === 0;
    tally.because(settled.rank, [...(settled.keepsStart ? (given.get(id) ?? []) : []), ...settled.because]);
  }
}

function countSymptoms(tally: Tally, rulebook: Rulebook): void {
  for (const count of rulebook.counts) {
    const reached = [...tally.final].filter(
      ([id, level]) =>
        level >= rank(count.reached) && (count.among === 'any' || rulebook.symptoms[id]?.kind === 'high_risk'),
    );
    if (reached.length >= count.at_least) tally.add({ id: count.id, level: count.level, symptom: null });
  }
}

function verdict(
  tally: Tally,
  facts: Facts,
  grades: Verdict['grades'],
  rulebook: Rulebook,
  missedReasons: Record<string, number>,
): Verdict {
  const level = LEVELS[tally.best] ?? 'red';
  const emergency = tally.emergency && tally.best === RED;
  const calmed = tally.calmed ? ['baseline_stable'] : [];
  const reasons = tally.best ? [...new Set(tally.reasons)].sort() : calmed;
  const hold =
    tally.hold ||
    (rulebook.levels[emergency ? 'red_emergency' : level].hold ?? false) ||
    facts.regimen.hold_on.some((condition) => holds(condition, facts));
  const advice = rulebook.advice.filter(
    (entry) =>
      (entry.in_emergency || !emergency) &&
      (entry.only_with === undefined || (entry.only_with === 'hold' ? hold : emergency)) &&
      (!entry.when || holds(entry.when, facts)) &&
      !(entry.unless && holds(entry.unless, facts)),
  );
  return {
    level,
    emergency,
    recipient: recipient(level, emergency, reasons, facts, rulebook, missedReasons),
    reasons,
    fired: tally.fired,
    grades,
    hold,
    advice: advice.map((entry) => entry.id),
    rulebook_version: rulebook.version,
  };
}

function recipient(
  level: Verdict['level'],
  emergency: boolean,
  reasons: string[],
  facts: Facts,
  rulebook: Rulebook,
  missedReasons: Record<string, number>,
): Recipient {
  if (level === 'green') return 'none';
  if (level === 'orange') return 'level2';
  if (level === 'red') return emergency ? 'emergency' : 'oncologist';
  const coded = rulebook.by_reason;
  const told = Object.keys(missedReasons).filter((reason) => missedReasons[reason]);
  if (reasons.some((id) => coded.rules.includes(id)) && told.some((reason) => coded.nursing.includes(reason))) {
    return 'level2';
  }
  const supply = told.length > 0 && told.every((reason) => coded.administrative.includes(reason));
  const administrative = reasons.every(
    (id) => rulebook.administrative_rules.includes(id) || (supply && coded.rules.includes(id)),
  );
  return facts.regimen.level === 1 || administrative ? 'level1' : 'level2';
}
