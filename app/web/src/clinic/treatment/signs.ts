// One sign a triage level, where a word would not fit: a second mark beside the colour.
import type { TriageLevel } from '../../shared/types.ts';

export const LEVEL_SIGNS: Readonly<Record<TriageLevel, string>> = { green: '·', yellow: '!', orange: '!!', red: '!!!' };
