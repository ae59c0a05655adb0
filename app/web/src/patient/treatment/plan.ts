// The whole cycle as the phone keeps it: what to take, when, from which boxes; days off; what the team has changed.
import type { Text } from '../../shared/types.ts';
import type { Entry } from './journal.ts';
import type { Slot } from './today.ts';

export type DayKind = 'on' | 'rest' | 'hold' | 'before' | 'over';

export interface PlanDay {
  on: string;
  kind: DayKind;
  cycle: number;
  day: number;
}

export interface Change {
  number: number;
  kind: 'start' | 'hold' | 'resume' | 'dose_change' | 'stop' | 'complete';
  from: string; // the first day or moment it holds for
  signed_at: string;
  read: boolean;
}

export interface Drug {
  id: string;
  title: Text;
  strengths: readonly string[];
}

export interface PhonePlan {
  course: string;
  state: 'planned' | 'active' | 'on_hold' | 'stopped' | 'completed';
  days: readonly PlanDay[];
  slots: readonly Slot[];
  drugs: readonly Drug[];
  texts: { food: Text; missed_dose: Text; vomited_dose: Text; double_dose: Text } | null;
  narrow: boolean; // one dose too many of it is dangerous
  changes: readonly Change[];
  told: readonly Entry[];
  left: { days: number; until: string } | null; // what the boxes still hold
}
