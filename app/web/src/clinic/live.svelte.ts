// The worklist as it is now: told by server-sent events, proved by asking, and honest about its own silence.
import { api, Problem } from '../shared/client.ts';
import type { Worklist } from '../shared/types.ts';
import { staff } from './staff.svelte.ts';
import { isNews } from './news.ts';
import { t } from './words/index.ts';

const POLL = 30_000;
const SILENCE = 90_000;
const TICK = 5_000;

class Live {
  list = $state.raw<Worklist | null>(null);
  now = $state(Date.now()); // the server's time, as well as we know it
  lastSign = $state(Date.now()); // this device's time of the last heartbeat or answer
  connected = $state(false);
  polite = $state('');
  urgent = $state('');
  failure = $state.raw<unknown>(null);
  #skew = 0;
  #stream: EventSource | null = null;
  #timers: ReturnType<typeof setInterval>[] = [];
  #asking: Promise<void> | null = null;
  #again = false;

  /** Seconds without any sign of the server, once that is too long; 0 while all is well. */
  get silent(): number {
    const age = this.now - this.#skew - this.lastSign;
    return age > SILENCE ? Math.round(age / 1000) : 0;
  }

  start(): void {
    if (this.#timers.length > 0) return;
    this.lastSign = Date.now();
    this.#open();
    this.#timers = [
      setInterval(() => (this.now = Date.now() + this.#skew), TICK),
      setInterval(() => void this.reload(), POLL),
      setInterval(() => this.#stream?.readyState === EventSource.CLOSED && this.#open(), TICK),
    ];
    document.addEventListener('visibilitychange', this.#seen);
    void this.reload();
  }

  stop(): void {
    this.#timers.forEach(clearInterval);
    this.#timers = [];
    this.#stream?.close();
    this.#stream = null;
    this.connected = false;
    this.list = null;
    document.removeEventListener('visibilitychange', this.#seen);
  }

  /** Ask for the whole list; calls that come meanwhile become one more. */
  async reload(): Promise<void> {
    if (this.#asking) {
      this.#again = true;
      return this.#asking;
    }
    this.#asking = this.#ask();
    await this.#asking;
    this.#asking = null;
    if (this.#again) {
      this.#again = false;
      await this.reload();
    }
  }

  async #ask(): Promise<void> {
    try {
      const list = await staff.ask(api.GET('/api/worklist'));
      this.#skew = Date.parse(list.now) - Date.now();
      this.now = Date.parse(list.now);
      this.#tell(this.list, list);
      this.list = list;
      this.failure = null;
      this.lastSign = Date.now();
    } catch (failure) {
      this.failure = failure;
      // somebody else signed in to this browser: who is it?
      if (failure instanceof Problem && failure.status === 403) await staff.start();
    }
  }

  #tell(before: Worklist | null, after: Worklist): void {
    const { red, changed } = isNews(before?.alerts ?? null, after.alerts);
    if (red.length > 0) this.urgent = red.map((name) => t('live.red', { name })).join(' ');
    else if (changed) this.polite = t('live.count', { n: after.alerts.length });
  }

  #open(): void {
    this.#stream?.close();
    const stream = new EventSource('/api/worklist/stream');
    this.#stream = stream;
    stream.onopen = () => {
      this.connected = true;
      this.lastSign = Date.now();
      void this.reload(); // what happened while we were not listening
    };
    stream.onerror = () => (this.connected = false);
    stream.addEventListener('heartbeat', () => (this.lastSign = Date.now()));
    stream.addEventListener('changed', () => {
      this.lastSign = Date.now();
      void this.reload();
    });
    stream.addEventListener('bye', () => (this.connected = false));
  }

  #seen = (): void => {
    if (document.visibilityState === 'visible') void this.reload();
  };
}

export const live = new Live();
