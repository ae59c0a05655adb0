// What the phone says when there is no network: the same judgement, on the chart that it last received.
// The server's verdict replaces it as soon as the report arrives.
import { triage } from './triage.ts';
import type { Answer, Bilingual, Chart, PastReport, Rulebook, Verdict } from './types.ts';

/** As `app/services/offline.py` sends it. `cycle_days` 0: the treatment has no cycles. */
export type OfflineChart = {
  regimen: string;
  started_on: string | null;
  cycle_days: number;
  timezone: string;
  baseline: { weight_kg: number | null; symptoms: Record<string, number> };
  history: { told_at: string; answers: Record<string, Answer>; measurements: Record<string, number> }[];
};

export type Told = { answers: Record<string, Answer>; measurements?: Record<string, number>; answered_at: string };

/** What the result screen shows. */
export type Spoken = {
  verdict: Verdict;
  headline: Bilingual;
  next: Bilingual;
  advice: { id: string; title: Bilingual; body: Bilingual }[];
};

const DAY = 86_400_000;

/** Judge a report that could not be sent; `unsent` are earlier ones that still wait on this phone. */
export function judgeOffline(rulebook: Rulebook, kept: OfflineChart, report: Told, unsent: Told[] = []): Spoken {
  const at = Date.parse(report.answered_at);
  const chart: Chart = {
    regimen: kept.regimen,
    ...position(kept, at),
    baseline: kept.baseline,
    history: history(kept, unsent, at),
  };
  const verdict = triage(report.answers, report.measurements ?? {}, chart, rulebook);
  const outcome = rulebook.levels[verdict.emergency ? 'red_emergency' : verdict.level];
  const advice = verdict.advice.flatMap((id) => rulebook.advice.filter((entry) => entry.id === id));
  return {
    verdict,
    headline: outcome.headline,
    next: outcome.next,
    advice: advice.map(({ id, title, body }) => ({ id, title, body })),
  };
}

/** Cycle and day of the cycle; both 0 before the first day, as on the server (app/domain/treatments.py). */
export function position(kept: OfflineChart, at: number): { cycle: number; day_of_cycle: number } {
  const elapsed = kept.started_on === null ? -1 : dayNumber(localDay(at, kept.timezone)) - dayNumber(kept.started_on);
  if (elapsed < 0) return { cycle: 0, day_of_cycle: 0 };
  if (!kept.cycle_days) return { cycle: 1, day_of_cycle: elapsed + 1 };
  return { cycle: Math.floor(elapsed / kept.cycle_days) + 1, day_of_cycle: (elapsed % kept.cycle_days) + 1 };
}

/** The calendar day where the patient lives, e.g. 2026-11-22. */
export function localDay(at: number, timeZone: string): string {
  const parts = new Intl.DateTimeFormat('en', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' });
  const found = Object.fromEntries(parts.formatToParts(at).map(({ type, value }) => [type, value]));
  return `${found['year']}-${found['month']}-${found['day']}`;
}

// days counted in UTC, so that a change of clocks neither adds nor takes one
const dayNumber = (day: string): number => Math.round(Date.parse(`${day}T00:00:00Z`) / DAY);

/** Earlier reports, newest first, each with its age when this one was answered. */
function history(kept: OfflineChart, unsent: Told[], at: number): PastReport[] {
  const past = [
    ...kept.history.map(({ told_at, ...rest }) => ({ days_ago: (at - Date.parse(told_at)) / DAY, ...rest })),
    ...unsent.map(({ answered_at, ...rest }) => ({ days_ago: (at - Date.parse(answered_at)) / DAY, ...rest })),
  ];
  return past.filter((report) => report.days_ago > 0).sort((a, b) => a.days_ago - b.days_ago);
}
