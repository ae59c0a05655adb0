// What happened to an alert while somebody was looking at it.
interface Happened {
  at: string;
  verb: string;
  by: string | null;
  detail: string | null;
}

const same = (a: Happened, b: Happened): boolean => a.at === b.at && a.verb === b.verb && a.by === b.by && a.detail === b.detail;

/** The events of `after` that were not there before and are not one's own. */
export function news<E extends Happened>(before: readonly E[], after: readonly E[], me: string | undefined): E[] {
  return after.filter((one) => one.by !== (me ?? '') && !before.some((known) => same(known, one)));
}
