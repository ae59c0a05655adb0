// Which questions a person is asked, in which order: the skip logic, without a screen.
import type { Answer, Attribute, Item, MeasurementItem, Questionnaire, ReportDraft } from '../shared/types.ts';

/** null: asked, and preferred not to answer (or not measured). Absent: not asked yet. */
export interface Draft {
  id: string;
  version: string;
  started_at: string;
  answers: Record<string, Partial<Record<Attribute, number | null>>>;
  chosen: string[]; // "anything else?": symptoms ticked
  measurements: Record<string, number | null>;
  confirmed: string[];
  doubted?: string[]; // values that the server did not believe: asked again, and confirmed or corrected
  note: string;
  seen: string[]; // steps without a required answer that were passed
  replaces: string | null;
}

export type Step =
  | { key: string; kind: 'answer'; item: Item; attribute: Attribute; part: 'main' | 'more' | 'safety' }
  | { key: string; kind: 'measure'; measure: MeasurementItem; item: Item | null }
  | { key: 'more'; kind: 'more' }
  | { key: 'note'; kind: 'note' };

/** A draft with nothing in it. */
export function emptyDraft(id: string, questionnaire: Questionnaire, at: string): Draft {
  return {
    id,
    version: questionnaire.version,
    started_at: at,
    answers: {},
    chosen: [],
    measurements: {},
    confirmed: [],
    note: '',
    seen: [],
    replaces: null,
  };
}

/** The steps for these answers. The first attribute of an item opens the others: 0, or no answer, skips them. */
export function steps(questionnaire: Questionnaire, draft: Draft): Step[] {
  const list: Step[] = [];
  const asked = new Set<string>();
  const measures = new Map(questionnaire.measurements.map((measure) => [measure.id, measure]));

  const put = (item: Item, part: 'main' | 'more' | 'safety'): void => {
    const first = item.attributes[0];
    const leading = first ? draft.answers[item.id]?.[first.attribute] : undefined;
    const open = typeof leading === 'number' && leading > 0;
    item.attributes.forEach(({ attribute }, place) => {
      if (place === 0 || open) list.push({ key: `${item.id}.${attribute}`, kind: 'answer', item, attribute, part });
    });
    if (open && item.measurement) measure(item.measurement, item);
  };
  const measure = (id: string, item: Item | null): void => {
    // the cuff gives two numbers: one name in the questionnaire asks for both
    for (const one of id === 'blood_pressure' ? ['systolic', 'diastolic'] : [id]) {
      const found = measures.get(one);
      if (!found || asked.has(one)) continue;
      asked.add(one);
      list.push({ key: `measure.${one}`, kind: 'measure', measure: found, item });
    }
  };

  for (const item of questionnaire.items) put(item, 'main');
  if (questionnaire.more.length > 0) list.push({ key: 'more', kind: 'more' });
  for (const item of questionnaire.more) if (draft.chosen.includes(item.id)) put(item, 'more');
  for (const item of questionnaire.safety) put(item, 'safety');
  const tied = new Set(
    [...questionnaire.items, ...questionnaire.more, ...questionnaire.safety].flatMap((item) =>
      item.measurement === 'blood_pressure' ? ['systolic', 'diastolic'] : (item.measurement ?? []),
    ),
  );
  for (const one of questionnaire.measurements) if (!tied.has(one.id)) measure(one.id, null);
  list.push({ key: 'note', kind: 'note' });
  return list;
}

/** Whether a step has what it needs. */
export function isAnswered(step: Step, draft: Draft): boolean {
  if (step.kind === 'answer') return draft.answers[step.item.id]?.[step.attribute] !== undefined;
  if (step.kind === 'measure') return draft.measurements[step.measure.id] !== undefined;
  return draft.seen.includes(step.key);
}

/** Where to resume: the first step without an answer, or 'check' when all have one. */
export function resumeAt(questionnaire: Questionnaire, draft: Draft): string {
  return steps(questionnaire, draft).find((step) => !isAnswered(step, draft))?.key ?? 'check';
}

/** True when something was answered: an untouched draft is not worth resuming. */
export function isBegun(draft: Draft): boolean {
  return Object.keys(draft.answers).length > 0 || draft.chosen.length > 0;
}

/** What goes to the server: only questions that these answers still open, without the declined ones. */
export function toReport(questionnaire: Questionnaire, draft: Draft, at: string): ReportDraft {
  const answers: Record<string, Answer> = {};
  const measurements: Record<string, number> = {};
  for (const step of steps(questionnaire, draft)) {
    if (step.kind === 'answer') {
      const value = draft.answers[step.item.id]?.[step.attribute];
      const answer = (answers[step.item.id] ??= {}); // declined: kept as an empty answer, which is not "no trouble"
      if (typeof value === 'number') answer[step.attribute] = value;
    } else if (step.kind === 'measure') {
      const value = draft.measurements[step.measure.id];
      if (typeof value === 'number') measurements[step.measure.id] = value;
    }
  }
  const note = draft.note.trim();
  return {
    answered_at: at,
    questionnaire: draft.version,
    answers,
    measurements,
    confirmed: draft.confirmed.filter((id) => id in measurements),
    note: note === '' ? null : note,
    replaces: draft.replaces,
  };
}

/** Outside what a body or a thermometer plausibly gives: to be confirmed or corrected, never silently changed. */
export function isImplausible(measure: MeasurementItem, value: number): boolean {
  return value < measure.min || value > measure.max;
}

/** A number as people type it: comma or point, spaces, the unit behind; null when it is none. */
export function readNumber(typed: string): number | null {
  const found = /^\s*([+-]?\d{1,4}(?:[.,]\d{1,2})?)\s*(?:°\s*c?|[a-zµ/%]*)\s*$/i.exec(typed);
  return found ? Number(found[1]!.replace(',', '.')) : null;
}

/** What people must not wait for an answer with: top answers and each "yes" to a safety question. */
export function alarming(questionnaire: Questionnaire, report: Pick<ReportDraft, 'answers'>): Item[] {
  const strong = (item: Item): boolean => {
    const answer = report.answers[item.id] ?? {};
    const safety = questionnaire.safety.some((one) => one.id === item.id);
    return item.attributes.some(({ attribute }) => {
      const value = answer[attribute] ?? 0;
      return attribute === 'P' ? safety && value > 0 : value >= 3;
    });
  };
  return [...questionnaire.items, ...questionnaire.more, ...questionnaire.safety].filter(strong);
}
