// The compiled rulebook as `vigie rules compile` writes it (app/domain/compiled.py), and what judging takes and gives.

export type Level = 'green' | 'yellow' | 'orange' | 'red';
export type Recipient = 'none' | 'level1' | 'level2' | 'oncologist' | 'emergency';
export type Attribute = 'F' | 'S' | 'I' | 'A' | 'P';
export type Op = '>=' | '>' | '<=' | '<' | '==';
export type Bilingual = { fr: string; en: string };

/** Scores of one symptom; a missing attribute was not asked, or the patient would rather not say. */
export type Answer = Partial<Record<Attribute, number | null>>;

export type Condition = {
  grade?: [string, Op, number];
  present?: string;
  m?: [string, Op, number];
  flag?: string | string[];
  new_or_worse?: string;
  cycle?: [Op, number];
  day?: [Op, number];
  fact?: [string, Op, number];
  regimen_level?: number;
  over_adherence_class?: string[];
  all?: Condition[];
  any?: Condition[];
};

export type Effect = { id: string; level: Level; emergency?: boolean };

export type GradeFrom = {
  measurement: string;
  rows: { at_least: number; grade: number }[];
  shown_only: boolean;
};

export type Symptom = {
  kind: 'high_risk' | 'standard' | 'comfort' | 'safety_item';
  title: Bilingual;
  letters: string;
  effects?: Effect[];
  adjustable?: boolean;
  grade_from?: GradeFrom;
  assumed?: { measurement: string; value: number };
};

export type Rule = {
  id: string;
  level: Level;
  when: Condition;
  symptom?: string;
  emergency?: boolean;
  hold?: boolean;
};

export type Regimen = {
  level: number;
  flags: Record<string, boolean | string>;
  over_adherence_class: string;
  hold_on: Condition[];
};

export type Outcome = { title: Bilingual; headline: Bilingual; next: Bilingual; hold?: boolean };

export type Advice = {
  id: string;
  title: Bilingual;
  body: Bilingual;
  when?: Condition;
  unless?: Condition;
  only_with?: 'hold' | 'emergency';
  in_emergency?: boolean;
};

export type TrendLimits = {
  new_or_worse_within_days: number;
  worsening_points: number;
  worsening_within_days: number;
  worsening_never_above: Level;
  worsening_comfort_never_above: Level;
  persistence_grade: number;
  persistence_within_days: number;
  persistence_level: Level;
  persistence_high_within_days: number;
  persistence_high_level: Level;
};

export type Rulebook = {
  format: 1;
  version: string;
  awaiting_signature: boolean;
  statement: Bilingual;
  tables: Record<string, number[]>;
  symptoms: Record<string, Symptom>;
  derived: { id: string; measurement: string; formula: 'loss_pct' | 'gain_pct' }[];
  rules: Rule[];
  counts: { id: string; at_least: number; among: 'high_risk' | 'any'; reached: Level; level: Level }[];
  trend: TrendLimits;
  administrative_rules: string[];
  by_reason: { rules: string[]; nursing: string[]; administrative: string[] };
  levels: Record<Level | 'red_emergency', Outcome>;
  regimens: Record<string, Regimen>;
  unknown_regimen: Regimen;
  advice: Advice[];
  titles: Record<string, Bilingual>;
};

export type PastReport = {
  days_ago: number;
  answers?: Record<string, Answer>;
  measurements?: Record<string, number>;
};

/** Intakes over the last window; what is left out is 0. */
export type Adherence = {
  doses_expected?: number;
  doses_taken?: number;
  extra_doses?: number;
  rest_day_doses?: number;
  doses_during_hold?: number;
  consecutive_days_missed?: number;
  patient_stopped?: boolean;
  reports_missed_consecutive?: number;
  days_not_begun?: number;
  missed_reasons?: Record<string, number>;
};

/** What the phone knows beside today's report; `history` is newest first, and may be empty. */
export type Chart = {
  regimen: string;
  cycle: number;
  day_of_cycle: number;
  baseline?: { weight_kg?: number | null; symptoms?: Record<string, number> };
  history?: PastReport[];
  adherence?: Adherence;
};

export type Grade = { grade: number; complete: boolean };
export type Fired = { id: string; level: Level; symptom: string | null };

export type Verdict = {
  level: Level;
  emergency: boolean;
  recipient: Recipient;
  reasons: string[];
  fired: Fired[];
  grades: Record<string, Grade>;
  hold: boolean;
  advice: string[];
  rulebook_version: string;
};

export const LEVELS: readonly Level[] = ['green', 'yellow', 'orange', 'red'];

/** 0 for green to 3 for red. */
export const rank = (level: Level): number => LEVELS.indexOf(level);
