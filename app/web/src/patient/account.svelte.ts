// Who uses this phone now, and what it knows of their plan with and without network.
import { answer, api, Problem } from '../shared/client.ts';
import { go, moved } from '../shared/route.svelte.ts';
import type { OfflineChart } from '../shared/triage/offline.ts';
import type { Rulebook } from '../shared/triage/types.ts';
import type { Home, Me, Plan, Questionnaire } from '../shared/types.ts';
import { alone, departed, flush, forget, notes, parcels, type Note, type Parcel } from './outbox.ts';
import { currentOwner, setCurrentOwner, Vault, waitingOfOthers } from './vault.ts';

const people = new BroadcastChannel('vigie-account'); // one for both ways: a channel does not hear itself
const LEAVING = 'vigie-leaving'; // signed out without network: the cookie still has to go

export interface OfflineRules {
  rulebook: Rulebook;
  chart: OfflineChart;
}

class Account {
  phase = $state<'starting' | 'out' | 'in' | 'broken'>('starting');
  me = $state.raw<Me | null>(null);
  home = $state.raw<Home | null>(null);
  questionnaire = $state.raw<Questionnaire | null>(null);
  rules = $state.raw<OfflineRules | null>(null); // to judge a report that cannot leave
  plan = $state.raw<Plan | null>(null); // the treatment, dose by dose
  planAt = $state(''); // when the server last told it
  queue = $state.raw<Parcel[]>([]);
  notes = $state.raw<Note[]>([]); // doses and the like that have not left
  departed = $state.raw<Note[]>([]); // those that have, since the plan was told
  replies = $state.raw<Record<string, unknown>>({}); // what the server said to them, by id
  seenAt = $state(''); // when the server last told the home
  stale = $state(false); // the last try did not reach it
  ended = $state(false); // the server no longer knows this phone: reports stay here until a new code
  sending = $state(false);
  others = $state(0); // sealed reports of other people on this phone
  vault: Vault | null = null;
  #turn = 0; // the last time the plan was asked for

  get waiting(): Parcel[] {
    return this.queue.filter((parcel) => parcel.state === 'waiting');
  }

  get waitingNotes(): Note[] {
    return this.notes.filter((note) => note.state === 'waiting');
  }

  get refused(): Parcel[] {
    return this.queue.filter((parcel) => parcel.state === 'refused');
  }

  /** Full use: a session, not only the credential that may send. */
  get full(): boolean {
    return !this.ended && this.me?.full === true;
  }

  /** Somebody who speaks for the patient, under their own name. */
  get caregiver(): boolean {
    return this.me?.kind === 'caregiver';
  }

  /** At the start of the page: what the phone knows first, the server second. */
  async start(): Promise<void> {
    try {
      await this.#start();
    } catch {
      this.phase = 'broken'; // a browser that keeps nothing cannot promise to keep a report
    }
  }

  async #start(): Promise<void> {
    const owner = await currentOwner();
    if (owner) {
      await this.#unlock(owner);
      this.phase = 'in';
      void this.refresh();
    } else {
      const left = await this.#finishLeaving();
      try {
        if (!left) throw new Problem(401, 'sign_in_needed', '');
        await this.enter(await answer(api.GET('/api/me')));
      } catch {
        await this.#out();
      }
    }
    const channel = new BroadcastChannel('vigie-outbox');
    channel.onmessage = () => void this.look();
    addEventListener('online', () => void this.refresh());
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'visible') void this.refresh();
    });
    setInterval(() => void this.#again(), 60_000);
    // a person who signs in or out in another tab changes whose phone it is
    people.onmessage = () => location.reload();
  }

  /** After signing in, at this address if one is given. Waits for a running flush, so that nothing is sent under another person's cookie. */
  async enter(me: Me, at?: string): Promise<void> {
    if (me.kind === 'staff') throw new Problem(403, 'forbidden', '');
    await alone(async () => {
      if (this.vault?.owner !== me.id) await this.#unlock(me.id);
      await setCurrentOwner(me.id);
    });
    this.me = me;
    this.ended = false;
    moved(); // another screen at the same address: its heading takes the focus
    if (at) go(at, { replace: true }); // before anybody can go on from there: not once all is known
    this.phase = 'in';
    localStorage.removeItem(LEAVING);
    people.postMessage('changed');
    await this.refresh();
  }

  /** Ask the server how things are, keep it for later, and send what waits. */
  async refresh(): Promise<void> {
    if (this.phase !== 'in' || !this.vault) return;
    const vault = this.vault;
    if (!(await this.#know(vault))) return;
    if (this.full) await this.#plan(vault);
    await this.send();
  }

  /** Whether the session still stands; false when it is another person's by now. */
  async #know(vault: Vault): Promise<boolean> {
    try {
      const me = await answer(api.GET('/api/me'));
      // a colleague signed in to the clinic's face in this browser: this person's session is gone, their queue is not
      if (me.kind === 'staff') throw new Problem(401, 'sign_in_needed', '');
      if (me.id !== vault.owner) {
        await setCurrentOwner(me.id);
        location.reload();
        return false;
      }
      this.me = me;
      this.ended = false;
      this.stale = false;
      await vault.put('plan:me', me);
    } catch (failure) {
      if (failure instanceof Problem && failure.status === 401) this.ended = true;
      else this.stale = true;
    }
    return true;
  }

  /** Send what waits, once, whoever else is trying. */
  async send(): Promise<void> {
    const vault = this.vault;
    if (!vault) return;
    await this.look();
    try {
      if (this.waiting.length + this.waitingNotes.length === 0) return;
      this.sending = true;
      const { ended } = await alone(() => flush(vault));
      if (ended) this.ended = true;
      await this.look();
    } finally {
      this.sending = false;
    }
  }

  /** Look into the queue again. Whoever sent what is no longer there (the worker can): the home has to say so too. */
  async look(): Promise<void> {
    const vault = this.vault;
    if (!vault) return;
    const before = this.waiting.length + this.waitingNotes.length;
    [this.queue, this.notes, this.departed] = await Promise.all([parcels(vault), notes(vault), departed(vault)]);
    this.replies = { ...this.replies, ...Object.fromEntries(this.departed.map((note) => [note.id, note.reply])) };
    if (this.waiting.length + this.waitingNotes.length < before && this.full) await this.#plan(vault);
  }

  /** Send first; what cannot leave stays sealed for its owner. Gives how many stay. */
  async leave(): Promise<number> {
    const vault = this.vault;
    if (!vault) return 0;
    const left = await alone(async () => {
      const { left } = await flush(vault).catch(() => ({ left: this.queue.length }));
      await setCurrentOwner(null);
      try {
        await answer(api.POST('/api/sign-out'));
      } catch (failure) {
        if (!(failure instanceof Problem && failure.status === 401)) localStorage.setItem(LEAVING, '1');
      }
      if (left === 0) await vault.wipe();
      else {
        // what the person wrote stays; what the server can tell again goes
        for (const name of (await Promise.all(['plan:', 'result:', 'done:'].map((kind) => vault.names(kind)))).flat()) await vault.remove(name);
        vault.close();
      }
      return left;
    });
    const registration = await navigator.serviceWorker?.getRegistration();
    const subscription = await registration?.pushManager?.getSubscription().catch(() => null);
    await subscription?.unsubscribe().catch(() => false);
    people.postMessage('changed');
    await this.#out();
    return left;
  }

  async #out(): Promise<void> {
    this.vault = null;
    this.me = this.home = this.questionnaire = this.rules = this.plan = null;
    this.queue = [];
    this.notes = this.departed = [];
    this.replies = {};
    this.others = await waitingOfOthers(null);
    if (this.phase === 'in') moved();
    this.phase = 'out';
  }

  async #unlock(owner: string): Promise<void> {
    this.vault?.close();
    const vault = await Vault.open(owner);
    this.vault = vault;
    this.me = (await vault.get<Me>('plan:me')) ?? null;
    this.questionnaire = (await vault.get<Questionnaire>('plan:questionnaire')) ?? null;
    this.rules = (await vault.get<OfflineRules>('plan:rules')) ?? null;
    const kept = await vault.get<{ home: Home; at: string }>('plan:home');
    this.home = kept?.home ?? null;
    this.seenAt = kept?.at ?? '';
    const planned = await vault.get<{ plan: Plan; at: string }>('plan:treatment');
    this.plan = planned?.plan ?? null;
    this.planAt = planned?.at ?? '';
    await this.look();
  }

  async #plan(vault: Vault): Promise<void> {
    const turn = ++this.#turn;
    const gone = (await departed(vault)).map((note) => note.id); // what the answer below must already hold
    const [home, plan, questionnaire, rules] = await Promise.allSettled([
      answer(api.GET('/api/home')),
      answer(api.GET('/api/plan')),
      answer(api.GET('/api/questionnaire')),
      answer(api.GET('/api/rulebook')),
    ]);
    // an older answer never covers a newer one, and nobody's plan shows once they have left
    if (turn !== this.#turn || this.vault !== vault) return;
    if (home.status === 'fulfilled') {
      this.home = home.value;
      this.seenAt = new Date().toISOString();
      await vault.put('plan:home', { home: home.value, at: this.seenAt });
    } else if (home.reason instanceof Problem && home.reason.status === 401) {
      await this.#know(vault); // the session has ended meanwhile: that is no want of network
    } else this.stale = true;
    if (plan.status === 'fulfilled') {
      await this.keepPlan(plan.value as Plan); // the client's types know no pairs, only lists
      await forget(vault, gone);
      this.departed = await departed(vault);
    }
    if (questionnaire.status === 'fulfilled') {
      this.questionnaire = questionnaire.value;
      await vault.put('plan:questionnaire', questionnaire.value);
    }
    if (rules.status === 'fulfilled') {
      // the judge has its own names for the same document (shared/triage/types.ts)
      this.rules = rules.value as unknown as OfflineRules;
      await vault.put('plan:rules', rules.value);
    }
    if (!this.caregiver) await import('../shared/push.ts').then((push) => push.refreshPush()).catch(() => undefined);
  }

  /** The treatment as the server has just told it. */
  async keepPlan(plan: Plan): Promise<void> {
    this.plan = plan;
    this.planAt = new Date().toISOString();
    await this.vault?.put('plan:treatment', { plan, at: this.planAt });
  }

  async #again(): Promise<void> {
    // while something waits, or while somebody waits for an answer, look once a minute
    if (document.visibilityState !== 'visible') return;
    if (this.waiting.length + this.waitingNotes.length > 0 || this.home?.followed) await this.refresh();
  }

  /** False while a sign-out could still not be told to the server. */
  async #finishLeaving(): Promise<boolean> {
    if (!localStorage.getItem(LEAVING)) return true;
    try {
      await answer(api.POST('/api/sign-out'));
    } catch (failure) {
      if (!(failure instanceof Problem && failure.status === 401)) return false;
    }
    localStorage.removeItem(LEAVING);
    return true;
  }
}

/** Ask the worker to send as soon as there is network, even with the page closed (where browsers know how). */
export async function sendLater(): Promise<void> {
  const registration = await navigator.serviceWorker?.getRegistration();
  const sync = (registration as unknown as { sync?: { register(tag: string): Promise<void> } })?.sync;
  await sync?.register('outbox').catch(() => undefined);
}

export const account = new Account();
