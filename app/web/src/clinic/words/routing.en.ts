import type { routing as fr } from './routing.fr.ts';

export const routing: Record<keyof typeof fr, string> = {
  'live.age': '(last sign {n} s ago)',
  'live.undeliverable.counted': '{n} alert could not be delivered to anybody. Tell the people on duty. | {n} alerts could not be delivered to anybody. Tell the people on duty.',

  'worklist.age': 'aged {age}',
  'worklist.part.take': 'To take ({n})',
  'worklist.part.mine': 'Mine ({n})',
  'worklist.part.taken': 'Taken by others ({n})',
  'worklist.part.paused': 'Paused ({n})',
  'worklist.keys': 'By keyboard: arrows to change line, Enter to open.',

  'due.acknowledge.in': 'to take within {left}',
  'due.contact.in': 'to call within {left}',
  'due.before': '(before {when})',
};
