// What travels between phone, browser and server.

export interface Text {
  fr: string;
  en: string;
}

export type Lang = 'fr' | 'en';
export type TriageLevel = 'green' | 'yellow' | 'orange' | 'red';
export type Attribute = 'F' | 'S' | 'I' | 'A' | 'P';
export type Role =
  | 'patient'
  | 'coordinator'
  | 'oncologist'
  | 'city_professional'
  | 'manager'
  | 'administrator'
  | 'auditor';

export interface Me {
  kind: 'patient' | 'staff';
  id: string;
  name: string;
  role: Role;
  coordination_level: 1 | 2 | null;
  establishment: { id: string; name: string; kind: 'public' | 'private' | 'community'; phone: string };
  profile: 'production' | 'demo' | 'test';
  full: boolean;
}

export interface SessionLine {
  id: string;
  created_at: string;
  last_seen_at: string;
  current: boolean;
  device: string;
}

export interface DeviceLine {
  id: string;
  label: string;
}

// --- patient ---------------------------------------------------------------------------------------------------------

export interface Advice {
  id: string;
  title: Text;
  body: Text;
}

export interface Receipt {
  report_id: string;
  received_at: string;
  duplicate: boolean;
  level: TriageLevel;
  emergency: boolean;
  hold: boolean;
  read_by_hand: boolean;
  headline: Text;
  next: Text;
  contact_due_at: string | null;
  advice: Advice[];
  rulebook_version: string;
}

export interface Home {
  first_name: string;
  regimen: { id: string; title: Text };
  cycle: number;
  day_of_cycle: number;
  course_state: 'planned' | 'active' | 'on_hold' | 'stopped' | 'completed';
  next_report_on: string;
  report_due: boolean;
  last_report: Receipt | null;
  followed: null | {
    state: 'open' | 'acknowledged' | 'undeliverable';
    since: string;
    contact_due_at: string | null;
  };
  establishment: { name: string; phone: string };
}

export interface Item {
  id: string;
  title: Text;
  help: Text | null;
  attributes: { attribute: Attribute; question: Text }[];
  measurement: string | null;
}

export interface MeasurementItem {
  id: string;
  title: Text;
  question: Text;
  unit: string;
  min: number;
  max: number;
  step: number;
}

export interface Questionnaire {
  version: string;
  regimen: string;
  title: Text;
  minutes: number;
  scales: Record<Attribute, Text[]>;
  items: Item[];
  more: Item[];
  safety: Item[];
  measurements: MeasurementItem[];
}

export type Answer = Partial<Record<Attribute, number>>;

export interface ReportDraft {
  answered_at: string;
  questionnaire: string;
  answers: Record<string, Answer>;
  measurements: Record<string, number>;
  confirmed: string[];
  note: string | null;
  replaces: string | null;
}

export interface ReportLine {
  id: string;
  received_at: string;
  answered_at: string;
  level: TriageLevel;
  emergency: boolean;
  answers: Record<string, Answer>;
  measurements: Record<string, number>;
  receipt: Receipt;
}

// --- clinic ----------------------------------------------------------------------------------------------------------

export interface OnDuty {
  coordination_level: 1 | 2 | null;
  role: Role;
  name: string;
}

export interface Reason {
  id: string;
  title: Text;
}

export interface FullReason extends Reason {
  level: TriageLevel;
  symptom: string | null;
}

export interface WorklistRow {
  id: string;
  version: number;
  level: TriageLevel;
  emergency: boolean;
  state: 'open' | 'acknowledged' | 'undeliverable' | 'closed';
  read_by_hand: boolean;
  patient: { id: string; name: string; born_on: string };
  regimen: Text;
  cycle: number;
  day_of_cycle: number;
  recipient: 'level1' | 'level2' | 'oncologist' | 'emergency';
  reasons: Reason[];
  reports: number;
  opened_at: string;
  last_report_at: string;
  acknowledge_due_at: string | null;
  contact_due_at: string | null;
  acknowledged_at: string | null;
  acknowledged_by: string | null;
  escalated_to: string | null;
}

export interface Worklist {
  now: string;
  alerts: WorklistRow[];
  closed_today: number;
  on_duty: OnDuty[];
  undeliverable: number;
}

export interface PastReport {
  id: string;
  received_at: string;
  answered_at: string;
  late: boolean;
  level: TriageLevel;
  emergency: boolean;
  read_by_hand: boolean;
  grades: Record<string, number>;
  measurements: Record<string, number>;
  note: string | null;
  answers: Record<string, Answer>;
}

export interface MeasurementTitle {
  title: Text;
  unit: string;
}

export interface NotificationLine {
  id: string;
  to: string;
  role: Role;
  channel: string;
  state: 'pending' | 'accepted' | 'received' | 'opened' | 'failed';
  why: Text;
  created_at: string;
  accepted_at: string | null;
  received_at: string | null;
  opened_at: string | null;
  failed_because: string | null;
}

export interface EventLine {
  at: string;
  verb: string;
  by: string | null;
  detail: string | null;
}

export interface Person {
  id: string;
  name: string;
  born_on: string;
  phone: string;
  locale: Lang;
}

export interface Course {
  regimen: { id: string; title: Text };
  started_on: string;
  cycle: number;
  day_of_cycle: number;
  state: Home['course_state'];
}

export interface Intakes {
  days: number;
  taken: number;
  missed: number;
  other: number;
}

export interface AlertPage {
  alert: WorklistRow;
  patient: Person;
  course: Course;
  hold: boolean;
  verdict: {
    level: TriageLevel;
    emergency: boolean;
    reasons: FullReason[];
    also_fired: FullReason[];
    rulebook_version: string;
  };
  reports: PastReport[];
  symptom_titles: Record<string, Text>;
  measurement_titles: Record<string, MeasurementTitle>;
  intakes: Intakes;
  notifications: NotificationLine[];
  events: EventLine[];
  may: { acknowledge: boolean; close: boolean };
}

export const ACTIONS = [
  'called_patient',
  'called_relative',
  'advice_given',
  'appointment_made',
  'asked_oncologist',
  'sent_to_emergency',
  'administrative_done',
] as const;
export const OUTCOMES = [
  'settled_at_home',
  'seen_by_doctor',
  'emergency_visit',
  'treatment_changed',
  'nothing_found',
  'unreachable',
] as const;

export interface Closing {
  version: number;
  action: (typeof ACTIONS)[number];
  outcome: (typeof OUTCOMES)[number];
  toxicity: { symptom: string; ctcae_grade: number } | null;
  hospitalised: boolean;
  dose_changed: boolean;
  verdict: 'useful' | 'not_useful';
  note: string | null;
}

export interface PatientLine {
  id: string;
  name: string;
  born_on: string;
  regimen: Text;
  cycle: number;
  day_of_cycle: number;
  last_report_at: string | null;
  last_level: TriageLevel | null;
  open_alert: string | null;
}

export interface Enrolment {
  first_name: string;
  last_name: string;
  born_on: string;
  phone: string;
  locale: Lang;
  regimen: string;
  started_on: string;
  weight_kg: number | null;
}

export interface Activation {
  code: string;
  expires_at: string;
}

export interface PatientPage {
  patient: Person;
  course: Course;
  reports: PastReport[];
  symptom_titles: Record<string, Text>;
  measurement_titles: Record<string, MeasurementTitle>;
  intakes: Intakes;
  alerts: {
    id: string;
    level: TriageLevel;
    state: WorklistRow['state'];
    opened_at: string;
    closed_at: string | null;
  }[];
}

export interface RegimenLine {
  id: string;
  title: Text;
  level: 1 | 2;
}

export interface Overview {
  open: { red: number; orange: number; yellow: number };
  undeliverable: number;
  acknowledged: number;
  reports_last_7_days: number;
  on_duty: OnDuty[];
}

// --- the API's paths, in the shape openapi-typescript writes ---------------------------------------------------------

interface Reply<R> {
  200: { content: { 'application/json': R } };
}
interface Get<R, P extends string = never> {
  get: { parameters: Parameters<P>; responses: Reply<R> };
}
interface Send<B, R, P extends string = never> {
  parameters: Parameters<P>;
  requestBody: { content: { 'application/json': B } };
  responses: Reply<R>;
}
interface Bare<R, P extends string = never> {
  parameters: Parameters<P>;
  responses: Reply<R>;
}
type Parameters<P extends string> = [P] extends [never]
  ? { path?: never; query?: never; header?: never; cookie?: never }
  : { path: Record<P, string>; query?: never; header?: never; cookie?: never };

export interface paths {
  '/api/sign-in/activation': { post: Send<{ code: string }, Me> };
  '/api/sign-in/password': { post: Send<{ login: string; password: string; totp: string }, Me> };
  '/api/sign-in/demo': { post: Send<{ token: string }, Me> };
  '/api/join/begin': {
    post: Send<{ code: string }, { login: string; otpauth_uri: string; totp_secret: string }>;
  };
  '/api/join': { post: Send<{ code: string; password: string; totp: string }, Me> };
  '/api/sign-out': { post: Bare<undefined> };
  '/api/me': Get<Me>;
  '/api/sessions': Get<{ sessions: SessionLine[] }>;
  '/api/sessions/{session_id}': { delete: Bare<undefined, 'session_id'> };
  '/api/home': Get<Home>;
  '/api/questionnaire': Get<Questionnaire>;
  '/api/reports': Get<{ reports: ReportLine[] }>;
  '/api/push-key': Get<{ key: string }>;
  '/api/devices': Get<{ devices: DeviceLine[] }> & {
    post: Send<{ endpoint: string; keys: { p256dh: string; auth: string }; label: string }, { id: string }>;
  };
  '/api/worklist': Get<Worklist>;
  '/api/alerts/{alert_id}': Get<AlertPage, 'alert_id'>;
  '/api/alerts/{alert_id}/acknowledge': { post: Send<{ version: number }, AlertPage, 'alert_id'> };
  '/api/alerts/{alert_id}/close': { post: Send<Closing, AlertPage, 'alert_id'> };
  '/api/patients': Get<{ patients: PatientLine[] }> & {
    post: Send<Enrolment, { id: string; activation: Activation }>;
  };
  '/api/patients/{patient_id}': Get<PatientPage, 'patient_id'>;
  '/api/patients/{patient_id}/activation': { post: Bare<Activation, 'patient_id'> };
  '/api/regimens': Get<{ regimens: RegimenLine[] }>;
  '/api/overview': Get<Overview>;
}
