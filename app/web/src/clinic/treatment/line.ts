// One line for the oncologist: what the server counted of each day, with reports and alerts laid on the same days.
import { plusDays, type DayState } from '../../shared/calendar/weeks.ts';
import type { TriageLevel } from '../../shared/types.ts';

/** One drug on one day, as the server counted it; mg null while no dose is prescribed. */
export interface DayCount {
  drug: string;
  day: string;
  cycle: number;
  day_of_cycle: number;
  planned: number;
  held: number;
  expected: number;
  taken: number;
  partial: number;
  missed: number;
  unreported: number;
  extra: number;
  rest_day: number;
  during_hold: number;
  mg_prescribed: number | null;
  mg_taken: number | null;
}

export interface ReportPoint {
  told_at: string;
  grades: Record<string, number>;
  weight_kg: number | null;
}

export interface AlertPoint {
  id: string;
  opened_at: string;
  level: TriageLevel;
}

/** One drug's doses, a number of milligrams a day. */
export interface Doses {
  drug: string;
  title: string;
  planned: number[];
  taken: number[]; // within the plan
  extra: number[]; // beyond it
}

/** All that happened to one patient, a value a day. */
export interface Line {
  days: string[];
  places: ({ cycle: number; day: number } | null)[];
  drugs: Doses[];
  counts: (DayCount | null)[][]; // by drug, by day
  holds: boolean[];
  symptoms: { id: string; title: string; grades: (number | null)[] }[];
  weight: (number | null)[];
  alerts: { index: number; id: string; level: TriageLevel }[];
}

/** Lay everything on the days from `first` to `last`, both included. */
export function lineOf(
  first: string,
  last: string,
  counted: readonly DayCount[],
  reports: readonly ReportPoint[],
  alerts: readonly AlertPoint[],
  titles: { drug: (id: string) => string; symptom: (id: string) => string },
  zone?: string,
): Line {
  const days: string[] = [];
  for (let on = first; on <= last; on = plusDays(on, 1)) days.push(on);
  const index = new Map(days.map((on, place) => [on, place]));
  const at = (moment: string): number | undefined => index.get(localDay(moment, zone));
  const ids = [...new Set(counted.map((one) => one.drug))];
  const counts = ids.map((id) => {
    const row: (DayCount | null)[] = days.map(() => null);
    for (const one of counted) if (one.drug === id && index.has(one.day)) row[index.get(one.day)!] = one;
    return row;
  });
  const drugs = ids.map((id, place) => ({ drug: id, title: titles.drug(id), ...milligrams(counts[place]!) }));
  // the worst of a day where there are several reports; a symptom that a report does not list was no trouble in it
  const told = days.map((): Record<string, number> | null => null);
  const weight = days.map((): number | null => null);
  for (const report of reports) {
    const place = at(report.told_at);
    if (place === undefined) continue;
    const before = told[place] ?? {};
    const here = { ...before };
    for (const [id, grade] of Object.entries(report.grades)) here[id] = Math.max(grade, before[id] ?? 0);
    told[place] = here;
    weight[place] = report.weight_kg ?? weight[place] ?? null;
  }
  const symptoms = [...new Set(reports.flatMap((report) => Object.keys(report.grades)))]
    .map((id) => ({ id, title: titles.symptom(id), grades: told.map((grades) => (grades ? (grades[id] ?? 0) : null)) }))
    .filter((one) => one.grades.some((grade) => (grade ?? 0) > 0))
    .sort((a, b) => worst(b.grades) - worst(a.grades) || a.title.localeCompare(b.title));
  return {
    days,
    places: days.map((_, place) => {
      const one = counts.map((row) => row[place]).find((found) => found);
      return one ? { cycle: one.cycle, day: one.day_of_cycle } : null;
    }),
    drugs,
    counts,
    holds: days.map((_, place) => counts.some((row) => (row[place]?.held ?? 0) > 0)),
    symptoms,
    weight,
    alerts: alerts.flatMap((alert) => {
      const place = at(alert.opened_at);
      return place === undefined ? [] : [{ index: place, id: alert.id, level: alert.level }];
    }),
  };
}

/** One drug's day in one word, for the calendar. `today`: what is still to come is not unanswered. */
export function stateOf(count: DayCount | null, on: string, today: string): DayState {
  if (!count) return 'outside';
  if (count.extra + count.rest_day + count.during_hold > 0) return 'extra';
  if (count.planned === 0) return 'rest';
  if (count.held >= count.planned) return 'hold';
  if (count.taken > 0 && count.taken >= count.expected && (count.taken + count.held >= count.planned || on < today)) return 'taken';
  if (count.taken + count.partial > 0) return 'partly';
  if (count.unreported > 0) return 'unreported';
  if (count.missed > 0) return 'missed';
  return on >= today ? 'planned' : 'unreported';
}

/** What was swallowed beyond the plan, in mg, as far as the plan's own dose tells how much one is. */
function milligrams(row: readonly (DayCount | null)[]): Pick<Doses, 'planned' | 'taken' | 'extra'> {
  const usual = row.find((one) => one && one.planned > 0 && one.mg_prescribed)?.mg_prescribed ?? 0;
  const each = row.map((one) => {
    if (!one) return { planned: 0, taken: 0, extra: 0 };
    const planned = one.mg_prescribed ?? 0;
    const beyond = one.extra + one.rest_day + one.during_hold;
    const total = one.mg_taken ?? 0;
    const single = one.planned > 0 && planned > 0 ? planned / Math.max(1, one.planned - one.held) : usual;
    const extra = Math.min(total, beyond * single);
    return { planned, taken: Math.max(0, total - extra), extra };
  });
  return { planned: each.map((one) => one.planned), taken: each.map((one) => one.taken), extra: each.map((one) => one.extra) };
}

function worst(grades: readonly (number | null)[]): number {
  return Math.max(0, ...grades.map((grade) => grade ?? 0));
}

function localDay(moment: string, zone?: string): string {
  return new Intl.DateTimeFormat('en-CA', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit' }).format(Date.parse(moment));
}
