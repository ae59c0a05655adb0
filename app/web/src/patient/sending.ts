// What an answer to a sent report means for the queue: the decision alone, for page and worker alike.

export type Fate =
  | 'received' // the server has it: the item may go
  | 'keep' // not now: stop here, keep everything, try again later
  | 'refused'; // never as it is: keep it visible, go on with the next

/** `status` is that of the answer, or null when there was none (no network, time-out). */
export function fate(status: number | null): Fate {
  if (status === null) return 'keep';
  if (status >= 200 && status < 300) return 'received';
  // 401: who may send is settled by signing in again, and a report never dies of it
  if (status === 401 || status === 408 || status === 425 || status === 429) return 'keep';
  return status >= 400 && status < 500 ? 'refused' : 'keep';
}
