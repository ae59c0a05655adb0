// One line for the oncologist: what the server counted of each day, with reports and alerts laid on the same days.
import { plusDays, type DayState } from '../../shared/calendar/weeks.ts';
import type { Text, TimelinePage, TriageLevel } from '../../shared/types.ts';

/** One drug on one day, as the server counted it; `extra` is every dose too many. */
export type DayCount = TimelinePage['drugs'][number]['days'][number];

/** What the line is made of. */
export type Told = Pick<TimelinePage, 'first' | 'last' | 'drugs' | 'symptoms' | 'reports' | 'alerts' | 'weights'>;

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

/** Lay everything on the days of the window. `say`: a text of the server in the reader's language. */
export function lineOf(told: Told, say: (text: Text) => string, zone?: string): Line {
  const days: string[] = [];
  for (let on = told.first; on <= told.last; on = plusDays(on, 1)) days.push(on);
  const index = new Map(days.map((on, place) => [on, place]));
  const at = (moment: string): number | undefined => index.get(localDay(moment, zone));
  const counts = told.drugs.map((drug) => {
    const row: (DayCount | null)[] = days.map(() => null);
    for (const one of drug.days) if (index.has(one.day)) row[index.get(one.day)!] = one;
    return row;
  });
  const reported = new Set(told.reports.map((report) => at(report.at)));
  const weight = days.map((): number | null => null);
  for (const one of told.weights) {
    const place = at(one.at);
    if (place !== undefined) weight[place] = one.kg;
  }
  return {
    days,
    places: days.map((_, place) => {
      const one = counts.map((row) => row[place]).find((found) => found && found.cycle > 0);
      return one ? { cycle: one.cycle, day: one.day_of_cycle } : null;
    }),
    drugs: told.drugs.map((drug, which) => ({ drug: drug.drug, title: say(drug.title), ...milligrams(counts[which]!) })),
    counts,
    holds: days.map((_, place) => counts.some((row) => (row[place]?.held ?? 0) > 0)),
    // a symptom that a report does not list was no trouble in it; of several reports of a day the worst counts
    symptoms: told.symptoms.map((lane) => {
      const grades = days.map((_, place): number | null => (reported.has(place) ? 0 : null));
      for (const point of lane.points) {
        const place = at(point.at);
        if (place !== undefined) grades[place] = Math.max(grades[place] ?? 0, point.grade);
      }
      return { id: lane.symptom, title: say(lane.title), grades };
    }),
    weight,
    alerts: told.alerts.flatMap((alert) => {
      const place = at(alert.opened_at);
      return place === undefined ? [] : [{ index: place, id: alert.id, level: alert.level }];
    }),
  };
}

/** One drug's day in one word, for the calendar. `today`: what is still to come is not unanswered. */
export function stateOf(count: DayCount | null, on: string, today: string): DayState {
  if (!count) return 'outside';
  if (count.extra > 0) return 'extra';
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
    const total = one.mg_taken ?? 0;
    const single = one.planned > 0 && planned > 0 ? planned / Math.max(1, one.planned - one.held) : usual;
    const extra = Math.min(total, one.extra * single);
    return { planned, taken: Math.max(0, total - extra), extra };
  });
  return { planned: each.map((one) => one.planned), taken: each.map((one) => one.taken), extra: each.map((one) => one.extra) };
}

function localDay(moment: string, zone?: string): string {
  return new Intl.DateTimeFormat('en-CA', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit' }).format(Date.parse(moment));
}
