// What the treatment pages ask of the server, and how they read it.
import { api } from '../../shared/client.ts';
import { dayOf } from '../../shared/civil.ts';
import { plusDays } from '../../shared/calendar/weeks.ts';
import type { BoxPage, CoursePage, CyclePage, NewOrder, PatientPage, Supplies, Text, TimelinePage } from '../../shared/types.ts';
import { staff } from '../staff.svelte.ts';

export type { CoursePage, CyclePage, NewOrder };

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

/** The last so many days, today included. */
export function readTimeline(patient: string, days: number): Promise<TimelinePage> {
  const last = localToday();
  const params = { path: { patient_id: patient }, query: { from: plusDays(last, 1 - days), to: last } };
  return staff.ask(api.GET('/api/patients/{patient_id}/timeline', { params }));
}

export function readBoxes(patient: string): Promise<BoxPage> {
  return staff.ask(api.GET('/api/patients/{patient_id}/boxes', of(patient)));
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

/** A dose of the last days that nobody has answered for. */
export interface OpenSlot {
  key: string;
  drug: string;
  title: Text;
  day: string;
  number: number;
}

export interface Told {
  drug: string;
  kind: 'taken' | 'missed' | 'vomited';
  at: string;
  slot: { day: string; number: number };
  reason: string | null;
}

export function tellIntake(patient: string, id: string, told: Told): Promise<unknown> {
  const params = { path: { patient_id: patient, intake_id: id } };
  const body = told as never; // the reasons are a closed set in the document and in the form
  return staff.ask(api.PUT('/api/patients/{patient_id}/intakes/{intake_id}', { params, body }));
}

/** Today as the plan counts days. */
export function localToday(): string {
  return dayOf(Date.now());
}

/** Addresses of the files for the visit, over the same window. */
export function files(page: PatientPage, days: number): { csv: string; pdf: string } {
  const last = localToday();
  const query = `from=${plusDays(last, 1 - days)}&to=${last}`;
  const base = `/api/patients/${page.patient.id}`;
  return { csv: `${base}/adherence.csv?${query}`, pdf: `${base}/visit.pdf?${query}` };
}
