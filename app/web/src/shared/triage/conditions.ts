// When a rule speaks; the same words as app/domain/conditions.py.
import { own } from './grading.ts';
import type { Condition, Op, Regimen } from './types.ts';

export type Facts = {
  grades: Record<string, number>;
  measured: Record<string, number>;
  present: Set<string>;
  reference: Record<string, number>;
  cycle: number;
  day: number;
  intakes: Record<string, number>;
  regimen: Regimen;
};

const compare: Record<Op, (a: number, b: number) => boolean> = {
  '>=': (a, b) => a >= b,
  '>': (a, b) => a > b,
  '<=': (a, b) => a <= b,
  '<': (a, b) => a < b,
  '==': (a, b) => a === b,
};

/** Whether a condition holds. */
export function holds(c: Condition, facts: Facts): boolean {
  if (c.all) return c.all.every((part) => holds(part, facts));
  if (c.any) return c.any.some((part) => holds(part, facts));
  if (c.grade) return compare[c.grade[1]](own(facts.grades, c.grade[0]) ?? 0, c.grade[2]);
  if (c.m) return given(own(facts.measured, c.m[0]), c.m[1], c.m[2]);
  if (c.present !== undefined) return facts.present.has(c.present);
  if (c.flag !== undefined) {
    const [name, ...values] = typeof c.flag === 'string' ? [c.flag] : c.flag;
    const value = own(facts.regimen.flags, name ?? '');
    return values.length ? values.includes(String(value)) : value === true;
  }
  if (c.new_or_worse !== undefined) {
    return (own(facts.grades, c.new_or_worse) ?? 0) > (own(facts.reference, c.new_or_worse) ?? 0);
  }
  if (c.cycle) return compare[c.cycle[0]](facts.cycle, c.cycle[1]);
  if (c.day) return compare[c.day[0]](facts.day, c.day[1]);
  if (c.fact) return given(own(facts.intakes, c.fact[0]), c.fact[1], c.fact[2]);
  if (c.regimen_level !== undefined) return facts.regimen.level === c.regimen_level;
  return c.over_adherence_class?.includes(facts.regimen.over_adherence_class) ?? false;
}

function given(value: number | undefined, op: Op, limit: number): boolean {
  return value !== undefined && compare[op](value, limit);
}
