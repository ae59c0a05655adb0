import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plusDays } from '../../shared/calendar/weeks.ts';
import type { Plan } from '../../shared/types.ts';
import { heldNow, readPlan } from './plan.ts';

const PARIS = 'Europe/Paris';
const HOUR = 3_600_000;
const text = (words: string) => ({ fr: words, en: words });

type Slot = Plan['slots'][number];
const slot = (drug: string, day: string, number: number, hour: number, dayOfCycle: number, more: Partial<Slot> = {}): Slot => {
  const due = Date.parse(`${day}T${String(hour).padStart(2, '0')}:00:00Z`);
  const iso = (at: number): string => new Date(at).toISOString();
  const units = [{ count: 3, strength_mg: 500, written: '500 mg' }];
  return { drug, day, number, due_at: iso(due), opens_at: iso(due - 3 * HOUR), closes_at: iso(due + 3 * HOUR), cycle: 1, day_of_cycle: dayOfCycle, mg: 1500, units, held: false, ...more };
};

/** Capecitabine, 14 days of 21 from Tuesday 24 November, morning and evening. */
const plan = (more: Partial<Plan> = {}, slots?: Slot[]): Plan => ({
  course_id: 'c',
  version: 1,
  read_version: 1,
  regimen: 'capecitabine_mono',
  title: text('Capécitabine'),
  state: 'active',
  zone: PARIS,
  made_at: '2026-11-24T09:00:00Z',
  asked_from: '2026-11-24T02:00:00Z',
  first: '2026-11-24',
  last: '2026-12-14',
  drugs: [{ id: 'capecitabine', title: text('Capécitabine'), hours: ['08:00:00', '20:00:00'], texts: null, strengths: [{ mg: 500, written: '500 mg' }, { mg: 150, written: '150 mg' }] }],
  slots: slots ?? Array.from({ length: 14 }, (_, i) => [7, 19].map((hour, number) => slot('capecitabine', plusDays('2026-11-24', i), number, hour, i + 1))).flat(),
  orders: [{ number: 1, kind: 'start', at: '2026-11-24T02:00:00Z', drugs: [], signed: true }],
  intakes: [],
  reminders: { enabled: true, repeats: 0, repeat_minutes: 60 },
  too_close: [],
  boxes: [],
  ...more,
});

test('fourteen days on, seven days of rest, in one cycle', () => {
  const { days } = readPlan(plan(), PARIS);
  assert.equal(days.length, 21);
  assert.deepEqual([...new Set(days.map((day) => day.kind))], ['on', 'rest']);
  assert.deepEqual([days[13]!.kind, days[14]!.kind], ['on', 'rest']);
  assert.deepEqual(days.map((day) => `${day.cycle}.${day.day}`).slice(12, 16), ['1.13', '1.14', '1.15', '1.16']);
});

test('a rest day before the first dose of the next cycle still belongs to the old one', () => {
  const next = slot('capecitabine', '2026-12-15', 0, 7, 1, { cycle: 2 });
  const { days } = readPlan(plan({ last: '2026-12-15', slots: [...plan().slots, next] }), PARIS);
  assert.deepEqual(days.slice(-2).map((day) => `${day.cycle}.${day.day} ${day.kind}`), ['1.21 rest', '2.1 on']);
});

test('held doses are not to be taken, and their days say so', () => {
  const held = plan().slots.map((one) => ({ ...one, held: one.day >= '2026-11-26' }));
  const read = readPlan(plan({ state: 'on_hold' }, held), PARIS);
  assert.deepEqual(read.days.slice(0, 4).map((day) => day.kind), ['on', 'on', 'hold', 'hold']);
  assert.equal(read.slots.length, 4);
});

test('nothing is planned before the start nor after a stop', () => {
  const orders = [
    { number: 1, kind: 'start' as const, at: '2026-11-25T02:00:00Z', drugs: [], signed: true },
    { number: 2, kind: 'stop' as const, at: '2026-11-26T10:00:00Z', drugs: [], signed: true },
  ];
  const slots = plan().slots.filter((one) => one.day === '2026-11-25' || (one.day === '2026-11-26' && one.number === 0));
  const { days } = readPlan(plan({ orders, state: 'stopped', slots }), PARIS);
  assert.deepEqual(days.slice(0, 4).map((day) => day.kind), ['before', 'on', 'on', 'over']);
});

test('palbociclib and letrozole at eight o’clock are one intake; in the rest week letrozole goes on and palbociclib is named as off', () => {
  const drugs = [
    { id: 'palbociclib', title: text('Palbociclib'), hours: ['08:00:00'], texts: null, strengths: [] },
    { id: 'letrozole', title: text('Létrozole'), hours: ['08:00:00'], texts: null, strengths: [] },
  ];
  const slots = [slot('palbociclib', '2026-11-24', 0, 7, 21), slot('letrozole', '2026-11-24', 0, 7, 21), slot('letrozole', '2026-11-25', 0, 7, 22)];
  const read = readPlan(plan({ drugs, slots, last: '2026-11-25' }), PARIS);
  assert.deepEqual(read.slots.map((one) => one.doses.map((dose) => dose.drug)), [['palbociclib', 'letrozole'], ['letrozole']]);
  assert.deepEqual(read.days.map((day) => day.off.map((one) => one.title.fr)), [[], ['Palbociclib']]);
});

test('drugs at different hours of one day are different intakes, each with its place', () => {
  const slots = [slot('capecitabine', '2026-11-24', 0, 7, 1), slot('other', '2026-11-24', 0, 8, 1), slot('capecitabine', '2026-11-24', 1, 19, 1)];
  assert.deepEqual(readPlan(plan({ slots }), PARIS).slots.map((one) => one.slot), [0, 1, 2]);
});

test('a signed hold is unread until the phone has said that it was read; the start needs no reading', () => {
  const orders = [...plan().orders, { number: 2, kind: 'hold' as const, at: '2026-11-25T09:00:00Z', drugs: [], signed: true }];
  assert.deepEqual(readPlan(plan({ orders, version: 2 }), PARIS).unread.map((one) => one.number), [2]);
  assert.deepEqual(readPlan(plan({ orders, version: 2, read_version: 2 }), PARIS).unread, []);
  assert.deepEqual(readPlan(plan({ read_version: 0 }), PARIS).unread, []);
});

test('strengths to choose from are those of the plan first, then whatever else the drug is sold in', () => {
  const mg = (strengths: readonly { mg: number }[]): number[] => strengths.map((one) => one.mg);
  assert.deepEqual(mg(readPlan(plan(), PARIS).drugs[0]!.strengths), [500, 150]);
  const small = plan().slots.map((one) => ({ ...one, units: [{ count: 10, strength_mg: 150, written: '150 mg' }] }));
  assert.deepEqual(mg(readPlan(plan({}, small), PARIS).drugs[0]!.strengths), [150, 500]);
});

test('a plan that an older Vigie has kept knows neither other strengths nor a first day: its own boxes, and every dose is asked for', () => {
  const { asked_from: _, ...old } = plan();
  const kept = { ...old, drugs: old.drugs.map(({ strengths: __, ...drug }) => drug) } as unknown as Plan;
  const read = readPlan(kept, PARIS);
  assert.deepEqual(read.drugs[0]!.strengths, [{ mg: 500, written: '500 mg' }]);
  assert.equal(read.slots[0]!.at < read.askedFrom, false);
});

test('from the moment of a hold nothing may be taken, also not the dose that was due just before it', () => {
  const order = (number: number, kind: 'start' | 'hold' | 'resume' | 'stop', at: string, drugs: string[] = []) => ({ number, kind, at, drugs, signed: true });
  const hold = order(2, 'hold', '2026-11-24T09:00:00Z');
  const held = plan().slots.map((one) => ({ ...one, held: one.due_at >= '2026-11-24T09:00:00' }));
  const on = (orders: Plan['orders'], slots = held) => (at: string) => heldNow(plan({ orders: [...plan().orders, ...orders] }, slots), 'capecitabine', Date.parse(at));
  assert.equal(on([hold])('2026-11-24T08:59:00Z'), false);
  assert.equal(on([hold])('2026-11-24T09:00:00Z'), true);
  const again = plan().slots.map((one) => ({ ...one, held: one.day === '2026-11-24' && one.number === 1 }));
  assert.equal(on([hold, order(3, 'resume', '2026-11-25T06:00:00Z')], again)('2026-11-25T07:00:00Z'), false);
  assert.equal(on([order(2, 'stop', '2026-11-24T09:00:00Z')], plan().slots.slice(0, 1))('2026-11-24T09:30:00Z'), true);
  assert.equal(on([])('2026-11-24T09:30:00Z'), false);
});

test('a hold that names no drug leaves alone the partner whose doses go on', () => {
  const drugs = [
    { id: 'palbociclib', title: text('Palbociclib'), hours: ['08:00:00'], texts: null, strengths: [] },
    { id: 'letrozole', title: text('Létrozole'), hours: ['08:00:00'], texts: null, strengths: [] },
  ];
  const orders = [...plan().orders, { number: 2, kind: 'hold' as const, at: '2026-11-24T09:00:00Z', drugs: [], signed: true }];
  const slots = [slot('palbociclib', '2026-11-25', 0, 7, 2, { held: true }), slot('letrozole', '2026-11-25', 0, 7, 2)];
  const now = Date.parse('2026-11-24T10:00:00Z');
  assert.equal(heldNow(plan({ drugs, orders, slots }), 'palbociclib', now), true);
  assert.equal(heldNow(plan({ drugs, orders, slots }), 'letrozole', now), false);
});
