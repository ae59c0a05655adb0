// The report being written: each tap is kept at once, sealed, and found again after a break.
import { go } from '../shared/route.svelte.ts';
import type { Attribute, Questionnaire, ReportDraft } from '../shared/types.ts';
import { uuid7 } from '../shared/uuid7.ts';
import { account, sendLater } from './account.svelte.ts';
import { enqueue, withdraw, type Parcel, type Spoken } from './outbox.ts';
import { alarming, emptyDraft, isAnswered, isBegun, resumeAt, steps, toReport, type Draft } from './steps.ts';

interface Begun {
  draft: Draft;
  questionnaire: Questionnaire;
}

class Writing {
  draft = $state<Draft | null>(null);
  questionnaire = $state.raw<Questionnaire | null>(null); // the one the draft was begun with
  ready = $state(false);
  #saving: Promise<void> = Promise.resolve();
  #opening: Promise<void> | null = null;

  steps = $derived(this.questionnaire && this.draft ? steps(this.questionnaire, this.draft) : []);

  get begun(): boolean {
    return this.draft !== null && isBegun(this.draft);
  }

  /** Find the draft of before. */
  async load(): Promise<void> {
    const vault = account.vault;
    if (!vault) return;
    this.draft = (await vault.get<Draft>('draft')) ?? null;
    this.questionnaire = (await vault.get<Questionnaire>('draft-questionnaire')) ?? null;
    if (!this.questionnaire) this.draft = null;
    this.ready = true;
  }

  /** Go on where the person stopped, or begin. */
  open(): Promise<void> {
    this.#opening ??= this.#open().finally(() => (this.#opening = null));
    return this.#opening;
  }

  async #open(): Promise<void> {
    if (!this.ready) await this.load();
    if (!this.begun) await this.#begin();
    if (this.questionnaire && this.draft) go(`/report/${resumeAt(this.questionnaire, this.draft)}`, { replace: true });
  }

  answer(symptom: string, attribute: Attribute, value: number | null): void {
    if (!this.draft) return;
    (this.draft.answers[symptom] ??= {})[attribute] = value;
    this.save();
  }

  measure(id: string, value: number | null, confirmed = false): void {
    if (!this.draft) return;
    this.draft.measurements[id] = value;
    this.draft.confirmed = this.draft.confirmed.filter((one) => one !== id);
    if (confirmed) this.draft.confirmed.push(id);
    this.save();
  }

  forgetMeasure(id: string): void {
    if (!this.draft) return;
    delete this.draft.measurements[id];
    this.save();
  }

  choose(symptom: string, chosen: boolean): void {
    if (!this.draft) return;
    this.draft.chosen = this.draft.chosen.filter((one) => one !== symptom);
    if (chosen) this.draft.chosen.push(symptom);
    this.save();
  }

  write(note: string): void {
    if (!this.draft) return;
    this.draft.note = note;
    this.save();
  }

  /** From a step to the next; from a correction straight back to the summary. */
  next(key: string): void {
    if (!this.draft || !this.questionnaire) return;
    if (!this.draft.seen.includes(key)) this.draft.seen.push(key);
    this.save();
    const list = this.steps;
    if (this.draft.seen.includes('check')) return go(`/report/${resumeAt(this.questionnaire, this.draft)}`);
    const place = list.findIndex((step) => step.key === key);
    const after = list[place + 1];
    const open = list.slice(0, place + 1).find((step) => !isAnswered(step, this.draft!));
    go(`/report/${open?.key ?? after?.key ?? 'check'}`);
  }

  /** The summary was reached: from now on a corrected answer leads back to it. */
  reviewed(): void {
    if (!this.draft || this.draft.seen.includes('check')) return;
    this.draft.seen.push('check');
    this.save();
  }

  /** Seal the report, show where it stands, and send it. The draft goes only once the queue has it. */
  async send(): Promise<void> {
    const { draft, questionnaire } = this;
    const vault = account.vault;
    if (!draft || !questionnaire || !vault) return;
    await this.#saving;
    const report = toReport(questionnaire, $state.snapshot(draft), new Date().toISOString());
    const strong = alarming(questionnaire, report);
    const parcel: Parcel = {
      id: draft.id,
      report,
      alarming: strong.map((item) => item.id),
      titles: strong.map((item) => item.title),
      spoken: await judge(report),
      state: 'waiting',
      refusal: null,
    };
    await enqueue(vault, parcel, { draft: $state.snapshot(draft), questionnaire } satisfies Begun);
    await this.discard();
    await account.look();
    account.sending = true;
    go(`/result/${parcel.id}`, { replace: true });
    void navigator.storage?.persist?.().catch(() => false);
    await account.send();
    if (account.waiting.length > 0) await sendLater();
  }

  /** Open a refused report again under a new name, with its answers. */
  async takeBack(id: string): Promise<void> {
    const vault = account.vault;
    const doubted = account.queue
      .find((parcel) => parcel.id === id)
      ?.refusal?.paths.filter((path) => path.startsWith('measurements.'))
      .map((path) => path.slice('measurements.'.length));
    const kept = vault && (await withdraw<Begun>(vault, id));
    if (!kept) return;
    this.questionnaire = kept.questionnaire;
    this.draft = { ...kept.draft, id: uuid7(), doubted };
    for (const name of doubted ?? []) delete this.draft.measurements[name];
    this.ready = true;
    await vault.put('draft-questionnaire', kept.questionnaire);
    this.save();
    await account.look();
    go('/report/check');
  }

  async discard(): Promise<void> {
    await this.#saving;
    this.draft = null;
    this.questionnaire = null;
    await account.vault?.remove('draft');
    await account.vault?.remove('draft-questionnaire');
  }

  /** Another person, or nobody: nothing of the last one stays in memory. */
  forget(): void {
    this.draft = null;
    this.questionnaire = null;
    this.ready = false;
  }

  async #begin(): Promise<void> {
    const { vault, questionnaire } = account;
    if (!vault || !questionnaire) return;
    this.questionnaire = questionnaire;
    this.draft = emptyDraft(uuid7(), questionnaire, new Date().toISOString());
    await vault.put('draft-questionnaire', questionnaire);
    this.save();
  }

  save(): void {
    const vault = account.vault;
    const copy = $state.snapshot(this.draft);
    if (!vault || !copy) return;
    this.#saving = this.#saving.then(() => vault.put('draft', copy)).catch(() => undefined);
  }
}

/** What the rules on this phone say; nothing if they are not here. A failure here must not keep a report from leaving. */
async function judge(report: ReportDraft): Promise<Spoken | null> {
  if (!account.rules) return null;
  try {
    const { judgeOffline } = await import('../shared/triage/offline.ts');
    const { rulebook, chart } = account.rules;
    const unsent = account.queue.map((parcel) => parcel.report);
    const { verdict, headline, advice } = judgeOffline(rulebook, chart, report, unsent);
    const { level, emergency, hold } = verdict;
    return { level, emergency, hold, headline, advice };
  } catch {
    return null;
  }
}

export const writing = new Writing();
