// Who works here, and what may be shown to them.
import { answer, api, Problem, type Answered } from '../shared/client.ts';
import { refreshPush } from '../shared/push.ts';
import { moved } from '../shared/route.svelte.ts';
import type { Me } from '../shared/types.ts';

class Staff {
  phase = $state<'starting' | 'out' | 'in'>('starting');
  me = $state.raw<Me | null>(null);
  ended = $state(false);

  /** Sees patients and their alerts. */
  get cares(): boolean {
    return ['coordinator', 'oncologist', 'city_professional'].includes(this.me?.role ?? '');
  }

  /** Sees counts only. */
  get counts(): boolean {
    return ['manager', 'administrator', 'auditor'].includes(this.me?.role ?? '');
  }

  /** Takes and closes alerts, and says what became of a patient. */
  get acts(): boolean {
    return ['coordinator', 'oncologist'].includes(this.me?.role ?? '');
  }

  /** Evaluates the risk model. */
  get evaluates(): boolean {
    return ['oncologist', 'auditor'].includes(this.me?.role ?? '');
  }

  /** Runs the house: what reached nobody, and what is wrong with Vigie itself. */
  get watches(): boolean {
    return ['manager', 'administrator'].includes(this.me?.role ?? '');
  }

  get plans(): boolean {
    return this.me?.role === 'manager';
  }

  /** May be called for an alert. */
  get called(): boolean {
    return ['coordinator', 'oncologist'].includes(this.me?.role ?? '');
  }

  get enrols(): boolean {
    return this.me?.role === 'coordinator';
  }

  async start(): Promise<void> {
    try {
      this.enter(await answer(api.GET('/api/me')));
    } catch {
      this.phase = 'out';
    }
  }

  enter(me: Me): void {
    if (me.kind !== 'staff') throw new Problem(403, 'forbidden', '');
    this.me = me;
    this.#become('in');
    this.ended = false;
    void refreshPush().catch(() => undefined);
  }

  /** Each call goes through here: an ended session leads to signing in, and back to the same page. A mistyped code is a 401 too, and ends nothing. */
  async ask<T>(call: Promise<Answered<T>>): Promise<T> {
    try {
      return await answer(call);
    } catch (failure) {
      if (failure instanceof Problem && failure.code === 'sign_in_needed' && this.phase === 'in') {
        this.#become('out');
        this.ended = true;
        this.me = null;
      }
      throw failure;
    }
  }

  async leave(): Promise<void> {
    await answer(api.POST('/api/sign-out')).catch(() => undefined);
    this.me = null;
    this.#become('out');
    this.ended = false;
  }

  /** Another screen at the same address: its heading takes the focus, but not at the start of the page. */
  #become(phase: 'in' | 'out'): void {
    if (this.phase !== 'starting') moved();
    this.phase = phase;
  }
}

export const staff = new Staff();
