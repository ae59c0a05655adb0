import { language, perhaps, speak } from '../../shared/i18n/words.svelte.ts';
import type { OnDuty } from '../../shared/types.ts';
import { clock, moment } from '../../shared/when.ts';
import { fr } from './fr.ts';

export { language, say } from '../../shared/i18n/words.svelte.ts';
export const t = speak(fr, () => import('./en.ts').then((m) => m.en));

/** "Coordination soignante", "Oncologue": a role as the house says it. The law has numbers for it; screens never do. */
export function roleWords({ role, coordination_level }: Pick<OnDuty, 'role' | 'coordination_level'>): string {
  return role === 'coordinator' && coordination_level ? t(`role.coordinator.${coordination_level}`) : t(`role.${role}`);
}

/** When something happened: "à 14:30", "hier à 10:00". */
export function happened(at: string, now = Date.now()): string {
  return moment(at, now, language());
}

/** A deadline: "14:30", "demain à 10:00". */
export function when(at: string, now = Date.now()): string {
  return clock(at, now, language());
}

/** A code of the server in words, if this face knows it; the code itself otherwise. */
export function coded(kinds: readonly string[], code: string): string {
  for (const kind of kinds) {
    const words = perhaps(`${kind}.${code}`);
    if (words) return words;
  }
  return code.replaceAll('_', ' ');
}
