// One symptom against earlier reports and the time before the treatment; the same as app/domain/trend.py.
import { own } from './grading.ts';
import { LEVELS, rank, type Answer, type Chart, type Fired, type Rulebook } from './types.ts';

export type Trend = {
  answers: Record<string, Answer>;
  baseline: Record<string, number>;
  last: Record<string, Answer> | null;
  past: Record<string, number>[];
  persists: boolean;
  persistsHigh: boolean;
  rulebook: Rulebook;
};

export type Settled = { rank: number; fired: Fired[]; because: string[]; keepsStart: boolean; lowered: boolean };

const YELLOW = rank('yellow');
const RED = rank('red');

/** What symptoms are compared with; `past` are the grades of the two most recent reports. */
export function trendOf(
  answers: Record<string, Answer>,
  chart: Chart,
  past: Record<string, number>[],
  rulebook: Rulebook,
): Trend {
  const limits = rulebook.trend;
  const [first, second] = chart.history ?? [];
  const oldest = first && second ? Math.max(first.days_ago, second.days_ago) : Infinity;
  return {
    answers,
    baseline: chart.baseline?.symptoms ?? {},
    last: first && first.days_ago <= limits.worsening_within_days ? (first.answers ?? {}) : null,
    past,
    persists: oldest <= limits.persistence_within_days,
    persistsHigh: oldest <= limits.persistence_high_within_days,
    rulebook,
  };
}

/** Worsening, persistence and baseline on the starting level of one symptom: effects never add up. */
export function settle(symptom: string, start: number, grade: number, overlaid: boolean, trend: Trend): Settled {
  const settled: Settled = { rank: start, fired: [], because: [], keepsStart: true, lowered: false };
  if (!grade) return settled;
  const limits = trend.rulebook.trend;
  const known = own(trend.rulebook.symptoms, symptom);
  const comfort = known?.kind === 'comfort';
  const worse = worsened(symptom, trend);
  const raising: [number, string][] = [];
  const cap = rank(comfort ? limits.worsening_comfort_never_above : limits.worsening_never_above);
  if (worse && start < cap) raising.push([start + 1, 'worsening_2_points']);
  if (trend.persistsHigh && known?.kind === 'high_risk' && persisted(symptom, grade, trend)) {
    raising.push([rank(limits.persistence_high_level), 'persistence_high']);
  }
  const stable = known?.adjustable && (own(trend.baseline, symptom) ?? 0) >= grade;
  if (stable && !worse && !overlaid && !raising.length) {
    if (start > 0 && start < RED) {
      settled.rank = start - 1;
      settled.keepsStart = false;
      settled.lowered = true;
      settled.because.push('baseline_stable');
      settled.fired.push({ id: 'baseline_stable', level: LEVELS[start - 1] ?? 'green', symptom });
    }
    return settled;
  }
  if (start === YELLOW && !comfort && trend.persists && persisted(symptom, grade, trend)) {
    raising.push([rank(limits.persistence_level), 'persistence']);
  }
  if (raising.length) {
    settled.rank = Math.max(start, ...raising.map(([to]) => to));
    settled.keepsStart = settled.rank === start;
    settled.because = raising.filter(([to]) => to === settled.rank).map(([, id]) => id);
    settled.fired = raising.map(([to, id]) => ({ id, level: LEVELS[to] ?? 'red', symptom }));
  }
  return settled;
}

function worsened(symptom: string, trend: Trend): boolean {
  const today = own(trend.answers, symptom);
  if (!trend.last || !today) return false;
  const before = own(trend.last, symptom) ?? {};
  const letters = own(trend.rulebook.symptoms, symptom)?.letters ?? '';
  return (['F', 'S', 'I'] as const).some((attribute) => {
    const score = today[attribute];
    const points = trend.rulebook.trend.worsening_points;
    return score != null && letters.includes(attribute) && score - (before[attribute] ?? 0) >= points;
  });
}

function persisted(symptom: string, grade: number, trend: Trend): boolean {
  const reached = trend.rulebook.trend.persistence_grade;
  return grade >= reached && trend.past.every((grades) => (own(grades, symptom) ?? 0) >= reached);
}
