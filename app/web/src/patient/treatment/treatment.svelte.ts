// Telling a dose, taking it back, reading a changed plan: kept on the phone first, sent by the same queue as the reports.
import { answer, api } from '../../shared/client.ts';
import { dayOf } from '../../shared/civil.ts';
import type { Plan, ReminderChoice, Supplies } from '../../shared/types.ts';
import { uuid7 } from '../../shared/uuid7.ts';
import { account, sendLater } from '../account.svelte.ts';
import { alone, post, withdraw, type Note } from '../outbox.ts';
import { boxNote, intakeNote, readNote, stopNote, undoNote } from './notes.ts';
import { answerOf, journal, type About, type Entry, type Told } from './journal.ts';
import { heldNow, readPlan, type Drug, type PhonePlan } from './plan.ts';
import { takenAs, type PlannedDose, type Slot } from './today.ts';

/** What a person says of one dose. */
export interface Telling {
  state: Told;
  at: number;
  reason?: string | null;
  mg?: number | null;
  replaces?: string | null;
}

class Treatment {
  now = $state(Date.now());
  failed = $state(false); // this phone could not keep the last answer
  supplies = $state.raw<Supplies | null>(null);
  undone = $state(''); // the slot that was just taken back

  plan = $derived<PhonePlan | null>(account.plan ? readPlan(account.plan) : null);
  /** Changes that nobody on this phone has said to have read, here or in the queue. */
  unread = $derived.by(() => {
    const read = [...account.notes, ...account.departed].map((note) => note.about as About).filter((about) => about.kind === 'read');
    return (this.plan?.unread ?? []).filter((one) => !read.some((about) => about.number >= one.number));
  });
  entries = $derived(journal(this.plan?.told ?? [], account.notes, account.departed));

  constructor() {
    setInterval(() => (this.now = Date.now()), 20_000);
    document.addEventListener('visibilitychange', () => (this.now = Date.now()));
  }

  /** What the leaflet of one drug says about food and mishaps. */
  texts(drug: string): Drug['texts'] {
    return this.plan?.drugs.find((one) => one.id === drug)?.texts ?? null;
  }

  /** On hold or stopped at this moment: not to be swallowed, whatever was planned for today. */
  held(drug: string): boolean {
    return account.plan !== null && heldNow(account.plan, drug, this.now);
  }

  /** Whether this was due before the patient was followed here: nobody asks for it. */
  unasked(slot: Slot): boolean {
    return this.plan !== null && slot.at < this.plan.askedFrom;
  }

  /** What one dose too many of this treatment means: low, standard, high or very_high. */
  get overAdherence(): string {
    const rules = account.rules;
    return rules?.rulebook.regimens[rules.chart.regimen]?.over_adherence_class ?? 'standard';
  }

  /** One tap: all of this slot, now. */
  async take(slot: Slot): Promise<void> {
    const at = Date.now();
    const unanswered = slot.doses.filter((dose) => !answerOf(this.entries, slot.on, dose));
    await this.#post(unanswered.map((dose) => this.#entry(slot.on, dose.number, dose.drug, { state: takenAs(slot, at), at })));
  }

  /** Anything else about one dose of a slot; gives whether the phone could keep it. */
  async tell(slot: Slot, dose: PlannedDose, telling: Telling): Promise<boolean> {
    return this.#post([this.#entry(slot.on, dose.number, dose.drug, telling)]);
  }

  /** A dose that no slot asked for. */
  async extra(drug: string, on: string, telling: Telling): Promise<boolean> {
    return this.#post([this.#entry(on, 0, drug, telling)]);
  }

  /** Take a tap back: out of the queue if it is still there, by a message behind it if it has left. */
  async undo(entry: Entry): Promise<void> {
    const vault = account.vault;
    if (!vault) return;
    await alone(async () => {
      // nothing can leave while we hold the queue, so it is either still here or gone for good
      const kept = account.notes.find((note) => note.id === entry.id) && (await vault.get<Note>(`outbox:${entry.id}`));
      if (kept) await withdraw(vault, entry.id);
      else await post(vault, undoNote(uuid7(), entry.id));
    });
    this.undone = `${entry.on} ${entry.slot}`;
    await this.#send();
  }

  /** A box has come; gives the note's id. */
  async box(drug: string, strength_mg: number, units: number): Promise<string | null> {
    const vault = account.vault;
    if (!vault || !this.plan) return null;
    const id = uuid7();
    try {
      await post(vault, boxNote(id, { drug, strength_mg, units, on: dayOf(Date.now()) }));
    } catch {
      return null;
    }
    await this.#send();
    return id;
  }

  /** Stopped alone. Nothing in the plan changes by it; somebody of the team looks. */
  async stop(reason: string): Promise<string | null> {
    const vault = account.vault;
    if (!vault) return null;
    const id = uuid7();
    try {
      await post(vault, stopNote(id, reason));
    } catch {
      return null;
    }
    await this.#send();
    return id;
  }

  /** Own hours and reminders: only with network, because the server writes them down. Throws a Problem. */
  async remind(choice: ReminderChoice): Promise<void> {
    const plan = await answer(api.PUT('/api/reminders', { body: choice }));
    await account.keepPlan(plan as Plan);
  }

  /** What the boxes at home still hold, as the server last told it. */
  async lookAtBoxes(): Promise<void> {
    const vault = account.vault;
    if (!vault) return;
    this.supplies ??= (await vault.get<Supplies>('plan:supplies')) ?? null;
    const told = await answer(api.GET('/api/boxes-at-home')).catch(() => null);
    if (!told || account.vault !== vault) return;
    this.supplies = told;
    await vault.put('plan:supplies', told);
  }

  /** The changed plan has been read on this phone. */
  async read(plan: PhonePlan, number: number): Promise<void> {
    const vault = account.vault;
    if (!vault) return;
    await post(vault, readNote(uuid7(), plan.course, number));
    await this.#send();
  }

  #entry(on: string, slot: number, drug: string, telling: Telling): Entry {
    const { state, at, reason = null, mg = null, replaces = null } = telling;
    const now = new Date().toISOString();
    return { id: uuid7(), drug, on, slot, state, at: new Date(at).toISOString(), mg, reason, by: account.caregiver ? 'caregiver' : 'patient', recorded_at: now, replaces, standing: 'waiting' };
  }

  async #post(entries: Entry[]): Promise<boolean> {
    const vault = account.vault;
    if (!vault || !this.plan) return false;
    this.undone = '';
    try {
      for (const entry of entries) await post(vault, intakeNote(entry));
      this.failed = false;
    } catch {
      this.failed = true; // no space: the screen says so at once
      return false;
    }
    void navigator.storage?.persist?.().catch(() => false);
    await this.#send();
    return true;
  }

  async #send(): Promise<void> {
    account.sending = true; // what has just been kept is on its way: the screen shows that, not a warning
    await account.look();
    this.now = Date.now();
    void account.send().then(() => (account.waitingNotes.length > 0 ? sendLater() : undefined));
  }
}

export const treatment = new Treatment();
