// The worklist in its parts: what nobody has comes first, then what is mine, then what others have, then what waits on purpose.
import type { WorklistRow } from '../shared/types.ts';

export const PARTS = ['take', 'mine', 'taken', 'paused'] as const;
export type Part = (typeof PARTS)[number];

type Row = Pick<WorklistRow, 'state'> & { mine?: boolean; paused?: boolean };

/** Each part that has alerts, in order; within a part the server's own order stays. */
export function sections<R extends Row>(alerts: readonly R[]): { part: Part; alerts: R[] }[] {
  return PARTS.map((part) => ({ part, alerts: alerts.filter((one) => partOf(one) === part) })).filter((one) => one.alerts.length > 0);
}

/** Where an alert stands: "paused" only while nobody has to act. */
export function partOf(alert: Row): Part {
  if (alert.state !== 'acknowledged') return 'take';
  if (alert.paused) return 'paused';
  return alert.mine ? 'mine' : 'taken';
}
