// What the treatment pages ask of the server, and how they read it.
import { api } from '../../shared/client.ts';
import { dayOf } from '../../shared/civil.ts';
import { plusDays } from '../../shared/calendar/weeks.ts';
import type { BoxPage, Cohort, CohortFlag, CoursePage as WholeCourse, CyclePage, MissedReason, NewCourse, NewOrder, NotUsed, RegimenChoice, RegimenDoses, Supplies, TimelinePage as WholeLine } from '../../shared/types.ts';
import { language } from '../../shared/i18n/words.svelte.ts';
import { staff } from '../staff.svelte.ts';

export type { CyclePage, NewCourse, NewOrder };
// pairs come out of the client's types as lists; no page reads these two
export type CoursePage = Omit<WholeCourse, 'alternates'>;
export type TimelinePage = Omit<WholeLine, 'stopped'>;

const of = (patient_id: string) => ({ params: { path: { patient_id } } });

export function readCourse(patient: string): Promise<CoursePage> {
  return staff.ask(api.GET('/api/patients/{patient_id}/course', of(patient)));
}

/** The whole cycle as an order would make it. */
export function previewOrder(patient: string, order: NewOrder): Promise<CyclePage> {
  return staff.ask(api.POST('/api/patients/{patient_id}/orders/preview', { ...of(patient), body: { order } }));
}

export function signOrder(patient: string, order: NewOrder): Promise<CoursePage> {
  return staff.ask(api.POST('/api/patients/{patient_id}/orders', { ...of(patient), body: order }));
}

/** The first cycle with these doses. */
export function previewStart(course: CoursePage, doses: Record<string, number>): Promise<CyclePage> {
  const body = { regimen: course.regimen, started_on: course.started_on, prescription: { ...course.prescription, doses } };
  return staff.ask(api.POST('/api/courses/preview', { body }));
}

export function signStart(course: CoursePage, doses: Record<string, number>): Promise<CoursePage> {
  const body = { prescription: { ...course.prescription, doses } };
  return staff.ask(api.POST('/api/patients/{patient_id}/orders/start/signature', { ...of(course.patient_id), body }));
}

export async function listRegimens(): Promise<RegimenChoice[]> {
  return (await staff.ask(api.GET('/api/regimens'))).regimens;
}

/** What a prescription of this regimen can say. */
export function readRegimen(regimen: string): Promise<RegimenDoses> {
  return staff.ask(api.GET('/api/regimens/{regimen}', { params: { path: { regimen } } }));
}

export function previewCourse(course: NewCourse): Promise<CyclePage> {
  return staff.ask(api.POST('/api/courses/preview', { body: course }));
}

/** Signed as it begins. */
export function beginCourse(patient: string, course: NewCourse): Promise<CoursePage> {
  return staff.ask(api.POST('/api/patients/{patient_id}/courses', { ...of(patient), body: course }));
}

/** The last so many days, today included. */
export function readTimeline(patient: string, days: number): Promise<TimelinePage> {
  const last = localToday();
  const params = { path: { patient_id: patient }, query: { from: plusDays(last, 1 - days), to: last } };
  return staff.ask(api.GET('/api/patients/{patient_id}/timeline', { params }));
}

export function readBoxes(patient: string): Promise<BoxPage> {
  return staff.ask(api.GET('/api/patients/{patient_id}/boxes', of(patient)));
}

const ofBox = (patient_id: string, box_id: string) => ({ params: { path: { patient_id, box_id } } });

/** A new box; its secret is shown this once. */
export async function issueBox(patient: string, drug: string, label: string): Promise<string> {
  return (await staff.ask(api.POST('/api/patients/{patient_id}/boxes', { ...of(patient), body: { drug, label } }))).token;
}

export function endBox(patient: string, box: string): Promise<unknown> {
  return staff.ask(api.DELETE('/api/patients/{patient_id}/boxes/{box_id}', ofBox(patient, box)));
}

export interface BoxTime {
  reason: NotUsed;
  from_at: string;
  until_at: string | null;
}

export function pauseBox(patient: string, box: string, time: BoxTime): Promise<unknown> {
  return staff.ask(api.POST('/api/patients/{patient_id}/boxes/{box_id}/pauses', { ...ofBox(patient, box), body: time }));
}

/** In use again: what lasts ends, what was announced is withdrawn. */
export function resumeBox(patient: string, box: string): Promise<unknown> {
  return staff.ask(api.POST('/api/patients/{patient_id}/boxes/{box_id}/resumed', ofBox(patient, box)));
}

export interface HandOver {
  drug: string;
  strength_mg: number;
  units: number;
  kind: 'dispensed' | 'returned';
  on: string;
}

export function addBox(patient: string, id: string, given: HandOver): Promise<Supplies> {
  const params = { path: { patient_id: patient, hand_over_id: id } };
  return staff.ask(api.PUT('/api/patients/{patient_id}/boxes-at-home/{hand_over_id}', { params, body: given }));
}

/** What the patient says of a dose; which one it was the server finds by the hour. */
export interface Told {
  drug: string;
  kind: 'taken' | 'missed' | 'vomited';
  at: string;
  reason: MissedReason | null;
}

export function tellIntake(patient: string, id: string, told: Told): Promise<unknown> {
  const params = { path: { patient_id: patient, intake_id: id } };
  return staff.ask(api.PUT('/api/patients/{patient_id}/intakes/{intake_id}', { params, body: told }));
}

/** Today as the plan counts days. */
export function localToday(): string {
  return dayOf(Date.now());
}

/** Addresses of the files for the visit, over the same window. */
export function files(patient: string, days: number): { csv: string; pdf: string } {
  const last = localToday();
  const query = `from=${plusDays(last, 1 - days)}&to=${last}`;
  const base = `/api/patients/${patient}`;
  return { csv: `${base}/days.csv?${query}`, pdf: `${base}/visit.pdf?${query}&language=${language()}` };
}

export interface CohortAsk {
  days: number;
  drug: string;
  flag: CohortFlag | '';
  offset: number;
}

/** The centre's patients who stand out. */
export function readCohort(ask: CohortAsk): Promise<Cohort> {
  const last = localToday();
  const query = { from: plusDays(last, 1 - ask.days), to: last, drug: ask.drug || undefined, flag: ask.flag || undefined, offset: ask.offset, limit: COHORT_LINES };
  return staff.ask(api.GET('/api/cohort', { params: { query } }));
}

export const COHORT_LINES = 50;
