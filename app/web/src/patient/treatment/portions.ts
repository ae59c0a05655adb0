// A part of a dose in what a patient counts: tablets and capsules. Milligrams are what the plan reckons with, and nobody's to work out.
import { readNumber } from '../steps.ts';
import type { PlannedDose } from './today.ts';

/** So many units of one strength, and what one of them weighs. */
export interface Portion {
  strength: string;
  mg: number;
  of: number;
}

type Drug = { id: string; strengths: readonly { mg: number; written: string }[] };

/** What a dose is made of; nothing when the plan does not say it to the last unit: then milligrams have to be asked for. */
export function portions(dose: PlannedDose, drugs: readonly Drug[]): Portion[] {
  const known = drugs.find((drug) => drug.id === dose.drug)?.strengths ?? [];
  const found = dose.tablets.map((one) => ({ strength: one.strength, of: one.count, mg: known.find((each) => each.written === one.strength)?.mg ?? 0 }));
  const whole = found.reduce((sum, one) => sum + one.of * one.mg, 0);
  return found.every((one) => one.mg > 0) && whole === dose.mg ? found : [];
}

/** Milligrams of what was typed, a field left empty being none; null when it is no part: all, nothing, or no whole number of units. */
export function partOf(all: readonly Portion[], typed: Readonly<Record<string, string>>): number | null {
  let mg = 0;
  for (const one of all) {
    const units = readNumber(typed[one.strength]?.trim() || '0');
    if (units === null || !Number.isInteger(units) || units < 0 || units > one.of) return null;
    mg += units * one.mg;
  }
  return mg > 0 && mg < all.reduce((sum, one) => sum + one.of * one.mg, 0) ? mg : null;
}
