// Past reports as points to draw: each symptom that ever troubled, each measurement taken twice or more.
import type { PastReport } from '../shared/types.ts';

export interface Point {
  at: string;
  value: number;
  x: number; // 0 oldest .. 1 newest, by time
  y: number; // 0 bottom .. 1 top
  gap: boolean; // the report before it is missing this value: no line through what is not known
}

export interface Series {
  id: string;
  kind: 'grade' | 'measurement';
  points: Point[];
}

/** Newest-first reports become old-to-new series, the worst of today first. */
export function series(reports: readonly PastReport[]): Series[] {
  const ordered = [...reports].sort((a, b) => a.received_at.localeCompare(b.received_at));
  const first = Date.parse(ordered[0]?.received_at ?? '');
  const length = Math.max(1, Date.parse(ordered.at(-1)?.received_at ?? '') - first);

  const build = (id: string, kind: Series['kind'], values: (number | undefined)[], low: number, high: number): Series => {
    const points: Point[] = [];
    let gap = false;
    values.forEach((value, index) => {
      const at = ordered[index]!.received_at;
      if (value === undefined) gap = points.length > 0;
      else {
        const y = high === low ? 0.5 : (value - low) / (high - low);
        points.push({ at, value, x: ordered.length === 1 ? 1 : (Date.parse(at) - first) / length, y, gap });
        gap = false;
      }
    });
    return { id, kind, points };
  };

  const ids = (pick: (report: PastReport) => Record<string, number>): string[] => [
    ...new Set(ordered.flatMap((report) => Object.keys(pick(report)))),
  ];
  // a symptom that a report does not list was no trouble in it: grade 0, as triage counts it
  const grades = ids((report) => report.grades)
    .map((id) => build(id, 'grade', ordered.map((report) => report.grades[id] ?? 0), 0, 3))
    .filter((one) => one.points.some((point) => point.value > 0))
    .sort((a, b) => (b.points.at(-1)?.value ?? 0) - (a.points.at(-1)?.value ?? 0));
  const measurements = ids((report) => report.measurements).map((id) => {
    const values = ordered.map((report) => report.measurements[id]);
    const known = values.filter((value) => value !== undefined);
    return build(id, 'measurement', values, Math.min(...known), Math.max(...known));
  });
  return [...grades, ...measurements];
}
