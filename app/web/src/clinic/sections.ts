// The worklist in its parts: what is offered to me and what nobody has come first, then what is mine, then what others have, then what waits on purpose.
import type { WorklistRow } from '../shared/types.ts';

export const PARTS = ['offered', 'take', 'mine', 'taken', 'paused'] as const;
export type Part = (typeof PARTS)[number];

type Row = Pick<WorklistRow, 'state' | 'level' | 'emergency' | 'opened_at'> & {
  owner: { id: string } | null;
  paused: object | null;
  handed_to: { to_me: boolean } | null;
};

const LEVELS = ['red', 'orange', 'yellow', 'green'];

/** Each part that has alerts, in order; in each the gravest first, then the longest waiting: those of a partner among one's own. */
export function sections<R extends Row>(alerts: readonly R[], me: string | undefined): { part: Part; alerts: R[] }[] {
  const sorted = [...alerts].sort(
    (a, b) =>
      Number(b.emergency) - Number(a.emergency) ||
      LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level) ||
      a.opened_at.localeCompare(b.opened_at),
  );
  return PARTS.map((part) => ({ part, alerts: sorted.filter((one) => partOf(one, me) === part) })).filter((one) => one.alerts.length > 0);
}

/** Where an alert stands for who looks at it: "offered" waits for their answer, "paused" for nobody's. */
export function partOf(alert: Row, me: string | undefined): Part {
  if (alert.state !== 'acknowledged') return 'take';
  if (alert.handed_to?.to_me) return 'offered';
  if (alert.paused) return 'paused';
  return alert.owner?.id === me ? 'mine' : 'taken';
}
