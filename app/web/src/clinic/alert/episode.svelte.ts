// One alert as this page holds it: what was seen, what others did meanwhile, and one way to act on it.
import { untrack } from 'svelte';
import { api, Problem, type Answered } from '../../shared/client.ts';
import { explain } from '../../shared/explain.ts';
import type { AlertPage } from '../../shared/types.ts';
import { live } from '../live.svelte.ts';
import { staff } from '../staff.svelte.ts';
import { t } from '../words/index.ts';
import { news } from './news.ts';

export type Panel = 'close' | 'handover' | 'refuse' | 'pause' | 'mute';

export class Episode {
  readonly id: string;
  page = $state.raw<AlertPage | null>(null);
  errors = $state.raw<{ target?: string; message: string }[]>([]);
  working = $state(false);
  told = $state('');
  /** What others did since this person last looked, in order. */
  meanwhile = $state.raw<AlertPage['events']>([]);
  /** The version when the open form was unfolded: what was filled in was meant for it, so anything newer must be shown first. */
  seen = $state(0);

  constructor(id: string) {
    this.id = id;
  }

  get path() {
    return { params: { path: { alert_id: this.id } } };
  }

  /** Look again. What others did is kept to be said; what was typed on the page is not touched. */
  async load(): Promise<void> {
    try {
      const page = await staff.ask(api.GET('/api/alerts/{alert_id}', this.path));
      if (!untrack(() => this.page)) this.errors = [];
      this.show(page);
    } catch (failure) {
      const shown = untrack(() => this.page);
      const gone = failure instanceof Problem && failure.status === 404;
      if (gone && shown) {
        this.page = null; // a cover that is over takes with it what it had opened
        this.told = '';
        this.errors = [{ message: shown.alert.covered_for ? t('alert.cover.over') : explain(failure) }];
      } else if (!shown && untrack(() => this.errors).length === 0) this.errors = [{ message: explain(failure) }];
    }
  }

  show(page: AlertPage, own = false): void {
    const before = untrack(() => this.page);
    if (own || !before) this.seen = page.alert.version;
    else {
      const others = news(before.events, page.events, staff.me?.name);
      this.meanwhile = [...untrack(() => this.meanwhile), ...others];
      if (others.length > 0) this.told = ''; // what was said of one's own act may hold no longer
    }
    this.page = page;
  }

  /** The person has read what happened meanwhile. */
  read(): void {
    this.meanwhile = [];
    this.seen = this.page?.alert.version ?? 0;
  }

  /** A form is unfolded: it is about the alert as it is on screen now. */
  unfolded(): void {
    this.seen = this.page?.alert.version ?? 0;
  }

  /** Do something with the alert as it is on screen, or with `form` as it was when the form was unfolded; true when it is done.
   *  Somebody quicker: nothing is done and what changed is shown. */
  async act(
    call: (seen: { version: number }) => Promise<Answered<AlertPage>>,
    done: string,
    form = false,
  ): Promise<boolean> {
    if (this.working || !this.page) return false;
    this.working = true;
    this.errors = [];
    this.told = '';
    try {
      this.show(await staff.ask(call({ version: form ? this.seen : this.page.alert.version })), true);
      this.meanwhile = [];
      this.told = done;
      void live.reload();
      return true;
    } catch (failure) {
      if (failure instanceof Problem && failure.status === 409) {
        await this.load();
        this.unfolded(); // it is on screen now, with what changed
      }
      this.errors = [{ message: explain(failure) }];
      return false;
    } finally {
      this.working = false;
    }
  }
}
