// What of a new worklist deserves to be said aloud.
import type { WorklistRow } from '../shared/types.ts';

type Row = Pick<WorklistRow, 'id' | 'version' | 'level' | 'state'> & { patient: { name: string } };

/** Names of reds that nobody has: new ones, worsened ones, and those that something worse opened again; and whether
 *  anything changed. Nothing at the first look. */
export function isNews(before: readonly Row[] | null, after: readonly Row[]): { red: string[]; changed: boolean } {
  if (before === null) return { red: [], changed: false };
  const known = new Map(before.map((row) => [row.id, row]));
  const urgent = (row: Row | undefined): boolean => row?.level === 'red' && row.state !== 'acknowledged';
  const red = after.filter((row) => urgent(row) && !urgent(known.get(row.id))).map((row) => row.patient.name);
  const changed =
    before.length !== after.length || after.some((row) => known.get(row.id)?.version !== row.version);
  return { red, changed };
}
