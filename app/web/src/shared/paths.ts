// The server's paths (api.d.ts), answering with the narrower types of types.ts.
import type { operations, paths as generated } from './api.d.ts';
import type {
  AgreementsPage,
  AlertPage,
  CoveragePage,
  DeadLetter,
  CoursePage,
  Home,
  Me,
  Overview,
  PatientLine,
  PatientPage,
  Reachability,
  ReachPage,
  RosterPage,
  Plan,
  ReportLine,
  Supplies,
  TimelinePage,
  Worklist,
} from './types.ts';

interface Answers {
  '/api/sign-in/activation': { post: Me };
  '/api/sign-in/password': { post: Me };
  '/api/join': { post: Me };
  '/api/me': { get: Me };
  '/api/home': { get: Home };
  '/api/reports': { get: { reports: ReportLine[] } };
  '/api/worklist': { get: Worklist };
  '/api/alerts/{alert_id}': { get: AlertPage };
  '/api/alerts/{alert_id}/acknowledge': { post: AlertPage };
  '/api/alerts/{alert_id}/close': { post: AlertPage };
  '/api/alerts/{alert_id}/contact': { post: AlertPage };
  '/api/alerts/{alert_id}/hand-over': { post: AlertPage };
  '/api/alerts/{alert_id}/hand-over/accept': { post: AlertPage };
  '/api/alerts/{alert_id}/hand-over/refuse': { post: AlertPage };
  '/api/alerts/{alert_id}/hand-over/withdraw': { post: AlertPage };
  '/api/alerts/{alert_id}/take-over': { post: AlertPage };
  '/api/alerts/{alert_id}/pause': { post: AlertPage };
  '/api/alerts/{alert_id}/resume': { post: AlertPage };
  '/api/alerts/{alert_id}/mutes': { post: AlertPage };
  '/api/alerts/{alert_id}/mutes/{mute_id}/end': { post: AlertPage };
  '/api/patients': { get: { patients: PatientLine[] } };
  '/api/patients/{patient_id}': { get: PatientPage };
  '/api/patients/{patient_id}/course': { get: CoursePage };
  '/api/patients/{patient_id}/courses': { post: CoursePage };
  '/api/patients/{patient_id}/orders': { post: CoursePage };
  '/api/patients/{patient_id}/orders/start/signature': { post: CoursePage };
  '/api/patients/{patient_id}/boxes-at-home/{hand_over_id}': { put: Supplies };
  '/api/patients/{patient_id}/timeline': { get: TimelinePage };
  '/api/plan': { get: Plan };
  '/api/reminders': { put: Plan };
  '/api/smart-boxes/{box_id}/pauses': { post: Plan };
  '/api/smart-boxes/{box_id}/resumed': { post: Plan };
  '/api/boxes-at-home': { get: Supplies };
  '/api/overview': { get: Overview };
  '/api/me/reach': { get: ReachPage; put: ReachPage };
  '/api/roster': { get: RosterPage };
  '/api/roster/coverage': { get: CoveragePage };
  '/api/agreements': { get: AgreementsPage };
  '/api/reachability': { get: { staff: Reachability[] } };
  '/api/undelivered': { get: { letters: DeadLetter[] } };
}

/** An operation with its good answers replaced by R, which must be one of them; anything else becomes `never`. */
type Answering<Op, R> = Op extends { responses: infer All }
  ? Omit<Op, 'responses'> & {
      responses: {
        [S in keyof All]: S extends 200 | 201
          ? All[S] extends { content: { 'application/json': infer Sent } }
            ? { content: { 'application/json': R extends Sent ? R : never } }
            : All[S]
          : All[S];
      };
    }
  : never;

export type paths = {
  [P in keyof generated]: P extends keyof Answers
    ? { [M in keyof generated[P]]: M extends keyof Answers[P] ? Answering<generated[P][M], Answers[P][M]> : generated[P][M] }
    : generated[P];
} & {
  // only the demo profile has it, so the document leaves it out
  '/api/sign-in/demo': {
    post: Omit<Answering<operations['signInWithCode'], Me>, 'requestBody'> & {
      requestBody: { content: { 'application/json': { token: string } } };
    };
  };
};
