// The plan as the screens read it: all drugs of one time together, each day with what is off on it. From what the server sent.
import { daysFrom, plusDays } from '../../shared/calendar/weeks.ts';
import type { Plan, Text } from '../../shared/types.ts';
import type { Entry } from './journal.ts';
import { dayOf } from '../../shared/civil.ts';
import { type Slot } from './today.ts';

/** `on`: something is to be taken; `rest`, `hold`: nothing at all; before the start and after the end there is no plan. */
export type DayKind = 'on' | 'rest' | 'hold' | 'before' | 'over';

export interface PlanDay {
  on: string;
  kind: DayKind;
  cycle: number; // 0 outside
  day: number;
  off: { title: Text; held: boolean }[]; // drugs that rest or are held on a day on which others are taken
}

export type Change = Plan['orders'][number];
export type Drug = Plan['drugs'][number]; // its strengths: those of the plan first

export interface PhonePlan {
  course: string;
  version: number;
  state: Plan['state'];
  askedFrom: number; // what was due before is nobody's to answer for
  days: readonly PlanDay[];
  slots: readonly Slot[];
  drugs: readonly Drug[];
  changes: readonly Change[];
  unread: readonly Change[];
  told: readonly Entry[];
  close: readonly number[]; // moments of doses that follow another one too closely: a traveller asks first
}

type PlanSlot = Plan['slots'][number];

/** Pure: the same plan gives the same screens. `zone` is the phone's own unless a test names one. */
export function readPlan(plan: Plan, zone?: string): PhonePlan {
  const wanted = plan.slots.filter((slot) => !slot.held);
  return {
    course: plan.course_id,
    version: plan.version,
    state: plan.state,
    askedFrom: Date.parse(plan.asked_from), // not a number in a plan kept by an older Vigie: then everything is asked
    days: planDays(plan, zone),
    slots: together(wanted, plan),
    drugs: plan.drugs.map((drug) => ({ ...drug, strengths: strengths(plan, drug) })),
    changes: plan.orders,
    unread: plan.orders.filter((order) => order.number > plan.read_version && order.kind !== 'start'),
    told: plan.intakes.map((one) => ({
      id: one.id,
      drug: one.drug,
      on: one.day,
      slot: one.number ?? 0,
      state: one.state,
      at: one.taken_at,
      mg: one.mg,
      reason: one.reason,
      by: one.by,
      recorded_at: one.recorded_at,
      replaces: null, // the server has left out what was replaced
      standing: 'sent',
    })),
    close: plan.too_close.map((pair) => Date.parse(pair[1])),
  };
}

/** Whether this drug must not be taken at this moment, although a dose of today was planned before the hold or the stop was signed. */
export function heldNow(plan: Plan, drug: string, now: number): boolean {
  const past = plan.orders.filter((order) => Date.parse(order.at) <= now);
  if (past.some((order) => (order.kind === 'stop' || order.kind === 'complete') && concerns(order, drug))) return true;
  if (!past.some((order) => order.kind === 'hold')) return false;
  const last = past.findLast((order) => (order.kind === 'hold' || order.kind === 'resume') && concerns(order, drug));
  if (last?.kind !== 'hold') return false;
  // a hold that names no drug leaves partners alone: the plan itself says whether it means this one
  return last.drugs.includes(drug) || (plan.slots.find((slot) => slot.drug === drug && Date.parse(slot.due_at) >= now)?.held ?? plan.state === 'on_hold');
}

function concerns(order: Change, drug: string): boolean {
  return order.drugs.length === 0 || order.drugs.includes(drug);
}

/** What is due at the same moment is swallowed together. */
function together(slots: readonly PlanSlot[], plan: Plan): Slot[] {
  const title = new Map(plan.drugs.map((drug) => [drug.id, drug.title]));
  const found = new Map<string, Slot>();
  const places = new Map<string, number>();
  for (const slot of slots) {
    const key = `${slot.day} ${slot.due_at}`;
    let one = found.get(key);
    if (!one) {
      const place = places.get(slot.day) ?? 0;
      places.set(slot.day, place + 1);
      one = { on: slot.day, slot: place, at: Date.parse(slot.due_at), opens: Date.parse(slot.opens_at), closes: Date.parse(slot.closes_at), doses: [] };
      found.set(key, one);
    }
    one.opens = Math.max(one.opens, Date.parse(slot.opens_at));
    one.closes = Math.min(one.closes, Date.parse(slot.closes_at));
    one.doses.push({
      drug: slot.drug,
      number: slot.number,
      title: title.get(slot.drug) ?? { fr: slot.drug, en: slot.drug },
      mg: slot.mg,
      tablets: slot.units.map((unit) => ({ strength: unit.written, count: unit.count })),
    });
  }
  return [...found.values()];
}

function planDays(plan: Plan, zone?: string): PlanDay[] {
  const start = plan.orders.find((order) => order.kind === 'start');
  const end = plan.orders.findLast((order) => order.kind === 'stop' || order.kind === 'complete');
  const begins = start ? dayOf(Date.parse(start.at), zone) : plan.first;
  const ends = end ? dayOf(Date.parse(end.at), zone) : null;
  const main = plan.slots.filter((slot) => slot.drug === plan.drugs[0]?.id);
  const days: PlanDay[] = [];
  for (let on = plan.first; on <= plan.last; on = plusDays(on, 1)) {
    const here = plan.slots.filter((slot) => slot.day === on);
    const taken = here.filter((slot) => !slot.held);
    const position = placed(main, on);
    const over = ends !== null && on >= ends && taken.length === 0;
    const kind: DayKind = on < begins ? 'before' : over ? 'over' : taken.length > 0 ? 'on' : here.length > 0 ? 'hold' : 'rest';
    const off = plan.drugs
      .filter((drug) => kind === 'on' && !taken.some((slot) => slot.drug === drug.id))
      .map((drug) => ({ title: drug.title, held: here.some((slot) => slot.drug === drug.id) }));
    days.push({ on, kind, ...(kind === 'before' || kind === 'over' ? { cycle: 0, day: 0 } : position), off });
  }
  return days;
}

/** Cycle and day of the cycle, also of a rest day: the cycle goes on until the first day of the next one. */
function placed(main: readonly PlanSlot[], on: string): { cycle: number; day: number } {
  const after = main.find((slot) => slot.day >= on);
  if (after) {
    const ahead = daysFrom(on, after.day);
    if (ahead < after.day_of_cycle) return { cycle: after.cycle, day: after.day_of_cycle - ahead };
  }
  const before = main.findLast((slot) => slot.day < on);
  return before ? { cycle: before.cycle, day: before.day_of_cycle + daysFrom(before.day, on) } : { cycle: 1, day: 1 };
}

/** The boxes that the plan is made of, then whatever else the drug is sold in, each with the largest first: a pharmacy gives what it has. */
function strengths(plan: Plan, drug: Drug): Drug['strengths'] {
  const units = plan.slots.filter((slot) => slot.drug === drug.id).flatMap((slot) => slot.units);
  const planned = new Map(units.map((unit) => [unit.strength_mg, unit.written]));
  const others = (drug.strengths as Drug['strengths'] | undefined) ?? []; // a plan kept by an older Vigie has none
  return [
    ...[...planned].map(([mg, written]) => ({ mg, written })).sort((a, b) => b.mg - a.mg),
    ...others.filter((one) => !planned.has(one.mg)),
  ];
}
