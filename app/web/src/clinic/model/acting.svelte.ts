// One action at a time, with what came of it: every form of the page works so.
import type { Answered } from '../../shared/client.ts';
import { staff } from '../staff.svelte.ts';
import { t } from '../words/index.ts';
import { refusals, type Page } from './types.ts';

export class Acting {
  working = $state(false);
  told = $state('');
  errors = $state.raw<{ target?: string; message: string }[]>([]);

  /** Ask the server, unless something is missing; gives the page as it is afterwards to `changed`. */
  async go(
    missing: { target?: string; message: string }[],
    ask: () => Promise<Answered<Page>>,
    changed: (page: Page) => void,
  ): Promise<boolean> {
    this.errors = missing;
    this.told = '';
    if (missing.length > 0 || this.working) return false;
    this.working = true;
    try {
      changed(await staff.ask(ask()));
      this.told = t('model.done');
      return true;
    } catch (failure) {
      this.errors = refusals(failure).map((message) => ({ message }));
      return false;
    } finally {
      this.working = false;
    }
  }
}
