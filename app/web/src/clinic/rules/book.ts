// The rulebook as the server lays it out (GET /api/rules), and what its pages need to know of it.
import type { components } from '../../shared/api.d.ts';
import type { Lang, Text, TriageLevel } from '../../shared/types.ts';
import { LOCALE } from '../../shared/when.ts';

type Sent = components['schemas'];
export type Page = Sent['RulesPage'];
export type Book = Sent['RulebookPages'];
export type Symptom = Sent['SymptomPage'];
export type Regimen = Sent['RegimenPage'];
export type Rule = Sent['RulePage'];
export type Origin = Sent['Provenance'];
export type Replay = Sent['ReplayPage'];
type Task = 'level1' | 'level2' | 'oncologist' | 'emergency';
type Who = 'level1' | 'level2' | 'oncologist';
/** A policy of one day; the document leaves the items of its lists open. */
type PolicyValue = Omit<Sent['PolicyValue'], 'steps' | 'fallback' | 'waits'> & {
  steps: Record<Task, { call: Who[]; or_partner: Who[] }[]>;
  fallback: Record<Task, string[]>;
  waits: Record<'orange' | 'red' | 'red_emergency', { minutes: number[] }> & { yellow: { working_days: number[] } };
};
export type Policy = Omit<Sent['PolicyPage'], 'values'> & { values: PolicyValue[] };
export type Kind = 'symptoms' | 'regimens' | 'rules' | 'policies';

/** One thing that a rule says: when it speaks and what it asks for. */
export interface Saying {
  since: string | null;
  when: Text | null;
  level: TriageLevel;
  emergency: boolean;
  hold: boolean;
  raises: string | null; // the symptom, if it raises one
}

export const FAMILIES = [
  'symptom', 'safety', 'measurement', 'overlay', 'combination', 'count', 'trend', 'reporting', 'adherence',
] as const;

/** How well a block of a regimen was checked: seen in a source, in part, still to be verified. */
export const CHECKS = ['V', 'P', 'B'] as const;

export function address(kind: Kind, id: string): string {
  return `#/rules/${kind}/${encodeURIComponent(id)}`;
}

export function searching(words: string): string {
  return words ? `/rules/search/${encodeURIComponent(words)}` : '/rules';
}

/** What a rule says. A symptom's own grades and a yes to a safety question carry no condition: the symptom's page has it. */
export function sayings(rule: Rule, book: Book): Saying[] {
  if (rule.values.length > 0) {
    return rule.values.flatMap((value) =>
      value.level
        ? [{
            since: value.since,
            when: value.when,
            level: value.level as TriageLevel,
            emergency: value.emergency,
            hold: value.hold,
            raises: value.symptom,
          }]
        : [],
    );
  }
  const symptom = book.symptoms.find((one) => one.id === rule.symptom);
  if (!symptom) return [];
  return grades(symptom).filter((one) => one.rule === rule.id).map((one) => ({ ...one, since: null, hold: false, raises: symptom.id }));
}

export interface Grade {
  rule: string;
  name: Text;
  looks: Text | null;
  when: Text;
  level: TriageLevel;
  emergency: boolean;
}

/** The grades of a symptom with the level that each gives; for a safety question, its yes. */
export function grades(symptom: Symptom): Grade[] {
  const safety = symptom.kind === 'safety_item';
  return symptom.levels.map((word, index) => {
    const grade = index + 1;
    const name = safety ? { fr: 'oui', en: 'yes' } : { fr: `grade ${grade}`, en: `grade ${grade}` };
    return {
      rule: safety ? symptom.id : `${symptom.id}_g${grade}`,
      name,
      looks: symptom.looks_like[index] ?? null,
      when: { fr: `${symptom.title.fr} : ${name.fr}`, en: `${symptom.title.en}: ${name.en}` },
      level: word === 'emergency' ? 'red' : (word as TriageLevel),
      emergency: word === 'emergency',
    };
  });
}

export interface Review {
  kind: Kind;
  id: string;
  title: Text;
  on: string;
  overdue: boolean;
}

/** Every review date, the earliest first. A symptom's grades are reviewed with the symptom, so they are not listed again. */
export function reviews(book: Book): Review[] {
  return [
    ...book.symptoms.map((one) => review('symptoms', one, one.provenance)),
    ...book.regimens.map((one) => review('regimens', one, one)),
    ...book.policies.map((one) => review('policies', one, one.provenance)),
    ...book.rules.filter((one) => !one.symptom).map((one) => review('rules', one, one.provenance)),
  ].sort((a, b) => a.on.localeCompare(b.on));
}

function review(kind: Kind, one: { id: string; title: Text }, origin: { review_by: string; overdue: boolean }): Review {
  return { kind, id: one.id, title: one.title, on: origin.review_by, overdue: origin.overdue };
}

/** How many blocks of these regimens were checked how well. */
export function checks(regimens: Pick<Regimen, 'checked'>[]): Record<string, number> {
  const counted: Record<string, number> = { V: 0, P: 0, B: 0 };
  for (const code of regimens.flatMap((one) => Object.values(one.checked))) counted[code] = (counted[code] ?? 0) + 1;
  return counted;
}

/** In the alphabet of the reader's language. */
export function byTitle<T extends { title: Text }>(all: readonly T[], lang: Lang): T[] {
  return [...all].sort((a, b) => a.title[lang].localeCompare(b.title[lang], lang));
}

/** "1er janvier 2026": a day of the calendar, the year with it. */
export function dated(on: string, lang: Lang): string {
  const local = on.length === 10 ? new Date(`${on}T12:00`) : new Date(on);
  const words = new Intl.DateTimeFormat(LOCALE[lang], { dateStyle: 'long' }).format(local);
  return lang === 'fr' ? words.replace(/^1 /, '1er ') : words;
}
