// The worklist as it is now: told by server-sent events, proved by asking, and honest about its own silence.
// Who sees counts only has no stream: their overview is asked for instead.
import { api, Problem } from '../shared/client.ts';
import type { Overview, Worklist } from '../shared/types.ts';
import { staff } from './staff.svelte.ts';
import { isNews } from './news.ts';

const POLL = 30_000;
const TICK = 5_000;
const SILENCE = 90_000 - TICK; // looked at once a tick: red by ninety seconds
const SECOND = 1_000;
const SAID = 10_000; // a screen reader has begun by then; the same words said again later are heard again only if these are gone

class Live {
  list = $state.raw<Worklist | null>(null);
  overview = $state.raw<Overview | null>(null);
  now = $state(Date.now()); // the server's time, as well as we know it
  second = $state(Date.now()); // the same, for what runs down before one's eyes
  lastSign = $state(Date.now()); // this device's time of the last heartbeat or answer
  connected = $state(false);
  count = $state<number | null>(null); // just said aloud: how many alerts the list has now
  reds = $state.raw<string[]>([]); // just said aloud: whose urgent alerts are new
  failure = $state.raw<unknown>(null);
  engine = $state<number | null>(null); // the server's time when the sweeps were last led, as far as we know
  #skew = 0;
  #stream: EventSource | null = null;
  #timers: ReturnType<typeof setInterval>[] = [];
  #asking: Promise<void> | null = null;
  #again = false;
  #counts = false;
  #silence: ReturnType<typeof setTimeout> | undefined;

  /** Seconds since the last word of the server. */
  get age(): number {
    return Math.max(0, Math.round((this.second - this.#skew - this.lastSign) / 1000));
  }

  /** The same once that is too long; 0 while all is well. */
  get silent(): number {
    const age = this.now - this.#skew - this.lastSign;
    return age > SILENCE ? Math.round(age / 1000) : 0;
  }

  /** Milliseconds since a worker last led the sweeps, once that is too long: the pages live, and no message leaves. 0 while all is well. */
  get stalled(): number {
    const age = this.engine === null ? 0 : this.now - this.engine;
    return age > SILENCE ? age : 0;
  }

  /** How many alerts have reached nobody. */
  get undeliverable(): number {
    return this.list?.undeliverable ?? this.overview?.undeliverable ?? 0;
  }

  start(what: 'worklist' | 'overview'): void {
    if (this.#timers.length > 0) return;
    this.#counts = what === 'overview';
    this.lastSign = Date.now();
    if (!this.#counts) this.#open();
    this.#timers = [
      setInterval(() => (this.second = Date.now() + this.#skew), SECOND),
      setInterval(() => (this.now = Date.now() + this.#skew), TICK),
      setInterval(() => void this.reload(), POLL),
      setInterval(() => void this.#feel(), POLL),
      setInterval(() => this.#stream?.readyState === EventSource.CLOSED && this.#open(), TICK),
    ];
    document.addEventListener('visibilitychange', this.#seen);
    void this.reload();
    void this.#feel();
  }

  stop(): void {
    this.#timers.forEach(clearInterval);
    this.#timers = [];
    this.#stream?.close();
    this.#stream = null;
    this.connected = false;
    this.list = null;
    this.overview = null;
    clearTimeout(this.#silence);
    this.#hush();
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
      if (this.#counts) {
        this.overview = await staff.ask(api.GET('/api/overview'));
        this.connected = true;
      } else {
        const list = await staff.ask(api.GET('/api/worklist'));
        this.#skew = Date.parse(list.now) - Date.now();
        this.now = this.second = Date.parse(list.now);
        this.#tell(this.list, list);
        this.list = list;
      }
      this.failure = null;
      this.lastSign = Date.now();
    } catch (failure) {
      this.failure = failure;
      if (this.#counts) this.connected = false;
      // somebody else signed in to this browser: who is it?
      if (failure instanceof Problem && failure.status === 403) await staff.start();
    }
  }

  /** Does the engine behind the pages live? An answer is a sign of the server, too. */
  async #feel(): Promise<void> {
    try {
      const { at, sweeps } = await staff.ask(api.GET('/api/heartbeat'));
      if (this.#counts) this.#skew = Date.parse(at) - Date.now();
      this.engine = sweeps === null ? null : Date.parse(at) - sweeps * 1000;
      this.lastSign = Date.now();
    } catch {
      // the worklist's own question says what is wrong
    }
  }

  #tell(before: Worklist | null, after: Worklist): void {
    const { red, changed } = isNews(before?.alerts ?? null, after.alerts);
    if (red.length > 0) this.reds = red;
    else if (changed) this.count = after.alerts.length;
    else return;
    clearTimeout(this.#silence);
    this.#silence = setTimeout(this.#hush, SAID);
  }

  #hush = (): void => {
    this.count = null;
    this.reds = [];
  };

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
    if (document.visibilityState !== 'visible') return;
    void this.reload();
    void this.#feel();
  };
}

export const live = new Live();
