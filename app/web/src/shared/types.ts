// The server's own types (api.d.ts, from its OpenAPI document), with closed sets named where the document says "string".
import type { components } from './api.d.ts';

type Sent = components['schemas'];
/** The same fields, some of them narrower: never others, so a field that changes on the server does not compile here. */
type Narrow<T, N extends { [K in keyof N]: K extends keyof T ? T[K] : never }> = Omit<T, keyof N> & N;

export type Lang = 'fr' | 'en';
export type CourseState = 'planned' | 'active' | 'on_hold' | 'stopped' | 'completed';
export type AlertState = 'open' | 'acknowledged' | 'undeliverable' | 'closed' | 'reopened';
export type Text = Sent['Text'];
export type TriageLevel = Sent['TriageLevel'];
export type Role = Sent['Role'];
export type Attribute = Sent['Question']['attribute'];
type Leveled = { level: TriageLevel };

export type Me = Narrow<
  Sent['Me'],
  { kind: Author; coordination_level: 1 | 2 | null; profile: 'production' | 'demo' | 'test' }
>;
export type SessionLine = Sent['SessionLine'];

// --- patient ---------------------------------------------------------------------------------------------------------

export type Receipt = Sent['Receipt'];
export type Home = Narrow<Sent['Home'], { course_state: CourseState | null; followed: Followed | null }>;
type Followed = Narrow<Sent['Followed'], { state: 'open' | 'acknowledged' | 'undeliverable' }>;
export type Item = Sent['Item'];
export type MeasurementItem = Sent['MeasurementItem'];
export type Questionnaire = Sent['Questionnaire'];
export type Answer = Sent['Answer'];
export type ReportDraft = Required<Sent['ReportDraft']>;
export type ReportLine = Narrow<Sent['OwnReport'], Leveled>;

type PlanOrder = Narrow<Sent['PlanOrder'], { kind: OrderKind }>;
type PlanIntake = Narrow<Sent['PlanIntake'], { state: Told; by: Author }>;
export type Plan = Narrow<Sent['Plan'], { state: CourseState; orders: PlanOrder[]; intakes: PlanIntake[] }>;
export type Told = 'taken' | 'late' | 'missed' | 'vomited' | 'extra';
export type Author = 'patient' | 'caregiver' | 'staff';
export type MissedReason = Sent['StopTold']['reason'];
export type IntakeReceipt = Sent['IntakeReceipt'];
export type ReminderChoice = Sent['ReminderChoice'];
export type Supplies = Narrow<
  Sent['Supplies'],
  { hand_overs: Narrow<Sent['SupplyLine'], { kind: 'dispensed' | 'returned'; by: Author }>[] }
>;
export type OrderKind = 'start' | 'hold' | 'resume' | 'dose_change' | 'stop' | 'complete';

// --- clinic ----------------------------------------------------------------------------------------------------------

export type OnDuty = Narrow<Sent['OnDuty'], { coordination_level: 1 | 2 | null; role: Role }>;
export type FullReason = Narrow<Sent['FiredReason'], Leveled>;
export type PauseReason = Sent['Pause']['reason'];
export type Refusal = Sent['Refusal']['reason'];
export type MuteReason = Sent['MuteSymptom']['reason'];
export type WorklistRow = Narrow<
  Sent['WorklistRow'],
  Leveled & {
    state: AlertState;
    recipient: 'level1' | 'level2' | 'oncologist' | 'emergency';
    paused: Narrow<Sent['PauseLine'], { reason: PauseReason }> | null;
  }
>;
export type Worklist = Narrow<Sent['Worklist'], { alerts: WorklistRow[]; on_duty: OnDuty[] }>;
export type PastReport = Narrow<Sent['PastReportLine'], Leveled>;
export type MeasurementTitle = Sent['MeasurementName'];
export type NotificationLine = Narrow<
  Sent['NotificationLine'],
  { role: Role; state: 'pending' | 'accepted' | 'received' | 'opened' | 'failed' }
>;
type Person = Narrow<Sent['PatientFile'], { locale: Lang }>;
type Course = Narrow<Sent['CourseLine'], { state: CourseState }>;
type Verdict = Narrow<Sent['VerdictLine'], Leveled & { reasons: FullReason[]; also_fired: FullReason[] }>;
export type AlertPage = Narrow<
  Sent['AlertPage'],
  {
    alert: WorklistRow;
    patient: Person;
    course: Course | null;
    verdict: Verdict | null;
    reports: PastReport[];
    notifications: NotificationLine[];
    policy: Policy;
    colleagues: Narrow<Sent['Colleague'], { role: Role; coordination_level: 1 | 2 | null }>[];
  }
>;
type Policy = Narrow<Sent['PolicyLine'], { steps: Narrow<Sent['StepLine'], { outcome: StepOutcome | null }>[] }>;
type StepOutcome = 'notified' | 'nobody' | 'acknowledged' | 'superseded' | 'undeliverable';
export type Closing = Narrow<Sent['CloseAlert'], { verdict: 'useful' | 'not_useful' }>;
export type PatientLine = Narrow<Sent['PatientLine'], { last_level: TriageLevel | null }>;
export type PatientPage = Narrow<
  Sent['PatientPage'],
  {
    patient: Person;
    course: Course | null;
    reports: PastReport[];
    alerts: Narrow<Sent['AlertLine'], Leveled & { state: AlertState }>[];
  }
>;
export type NewOrder = Sent['NewOrder'];
export type NewCourse = Sent['NewCourse'];
export type CyclePage = Sent['CyclePage'];
export type CoursePage = Narrow<
  Sent['CoursePage'],
  {
    state: CourseState;
    orders: Narrow<Sent['OrderLine'], { kind: OrderKind }>[];
    supplies: Supplies;
    may: Narrow<Sent['CourseMay'], { kinds: OrderKind[] }>;
  }
>;
export type BoxPage = Sent['BoxPage'];
export type NotUsed = Sent['NewPause']['reason'];
export type Label = Sent['Label'];
export type RegimenDoses = Sent['RegimenDoses'];
export type Suggestion = Sent['Suggestion'];
export type Measured = Sent['Measured'];
export type TimelinePage = Narrow<
  Sent['Timeline'],
  { orders: Narrow<Sent['OrderMark'], { kind: OrderKind }>[]; alerts: Narrow<Sent['AlertMark'], Leveled>[] }
>;
export type CohortFlag = Sent['CohortLine']['flags'][number];
export type Cohort = Sent['Cohort'];
export type Activation = Sent['Activation'];
export type RegimenChoice = Sent['RegimenChoice'];
export type Overview = Narrow<
  Sent['Overview'],
  { open: { red: number; orange: number; yellow: number }; on_duty: OnDuty[] }
>;

export type Channel = Exclude<Sent['NewContact']['channel'], 'screen'>;
export const CHANNELS = ['web_push', 'sms', 'voice', 'email'] as const satisfies Channel[];
type TestState = Sent['TargetLine']['test'];
export type ReachPage = Narrow<
  Sent['ReachPage'],
  {
    available: Channel[];
    mine: Narrow<
      Sent['MyReach'],
      {
        order: Channel[];
        contacts: Narrow<Sent['ContactLine'], { channel: Channel }>[];
        targets: Narrow<Sent['TargetLine'], { channel: Channel; test: TestState }>[];
      }
    >;
  }
>;
export type Discipline = 'level1' | 'level2' | 'oncologist';
export type Hole = Narrow<Sent['Hole'], { recipient: Discipline }>;
export type CoveragePage = Narrow<Sent['CoveragePage'], { holes: Hole[]; known: Narrow<Sent['HoleRow'], { recipient: Discipline }>[] }>;
export type RosterPage = Narrow<
  Sent['RosterPage'],
  {
    people: Narrow<Sent['Member'], { role: Role; coordination_level: 1 | 2 | null }>[];
    shifts: Narrow<Sent['Shift'], { recipient: Discipline }>[];
    changes: Narrow<Sent['ChangeRow'], { kind: 'absence' | 'extra' }>[];
  }
>;
export type Agreement = Narrow<
  Sent['AgreementLine'],
  {
    side: 'covered' | 'covering';
    disciplines: Discipline[];
    holidays: 'as_usual' | 'all_day' | 'only';
    stands: 'to_sign' | 'waiting' | 'ahead' | 'running' | 'past' | 'ended' | 'refused';
  }
>;
export type AgreementsPage = Narrow<Sent['AgreementsPage'], { agreements: Agreement[] }>;
export type Reachability = Narrow<Sent['Reachability'], { role: Role; coordination_level: 1 | 2 | null }>;
export type Speed = Sent['Speed'];
export type Share = Sent['Share'];
export type Indicators = Sent['Indicators'];
export type TechnicalPage = Sent['TechnicalPage'];
export type DeadLetter = Narrow<Sent['DeadLetter'], { level: TriageLevel | null }>;

export const PAUSE_REASONS = [
  'waiting_for_patient',
  'waiting_for_results',
  'waiting_for_doctor',
  'appointment_made',
] as const satisfies PauseReason[];
export const REFUSALS = ['off_duty', 'busy', 'not_competent', 'should_stay'] as const satisfies Refusal[];
export const MUTE_REASONS = ['known_and_followed', 'treatment_given', 'expected_effect'] as const satisfies MuteReason[];

// in the order in which the closing form shows them
export const ACTIONS = [
  'called_patient',
  'called_relative',
  'advice_given',
  'appointment_made',
  'asked_oncologist',
  'sent_to_emergency',
  'administrative_done',
] as const satisfies Sent['CloseAlert']['action'][];
export const OUTCOMES = [
  'settled_at_home',
  'seen_by_doctor',
  'emergency_visit',
  'treatment_changed',
  'nothing_found',
  'unreachable',
] as const satisfies Sent['CloseAlert']['outcome'][];
