import { mount } from 'svelte';
import { startLanguage } from '../shared/i18n/words.svelte.ts';
import { startShell } from '../shared/shell.svelte.ts';
import '../shared/base.css';
import './clinic.css';
import App from './App.svelte';
import { staff } from './staff.svelte.ts';
import './words/index.ts';

const target = document.getElementById('app');
if (target) {
  await startLanguage();
  mount(App, { target });
  void staff.start();
  void startShell();
}
