import { mount } from 'svelte';
import { startLanguage } from '../shared/i18n/words.svelte.ts';
import { startShell } from '../shared/shell.svelte.ts';
import '../shared/base.css';
import './patient.css';
import { account } from './account.svelte.ts';
import App from './App.svelte';
import { ready } from './screens.ts';
import './words/index.ts';

const target = document.getElementById('app');
if (target) {
  await startLanguage();
  mount(App, { target });
  void account.start();
  void startShell();
  ready();
}
