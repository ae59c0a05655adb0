// Our own dictionary: French is there at once, English comes when asked for. Keys and parameters are typed.
import type { Lang, Text } from '../types.ts';
import { fr as shared } from './fr.ts';

type Dictionary = Readonly<Record<string, string>>;
type Load = () => Promise<Dictionary>;
/** The {names} inside a message. */
export type Names<S> = S extends `${string}{${infer Name}}${infer Rest}` ? Name | Names<Rest> : never;
export type Arguments<S> = [Names<S>] extends [never] ? [] : [Record<Names<S>, string | number>];
/** A translator over the dictionary D: a wrong key or a missing parameter does not compile. */
export type Translate<D extends Dictionary> = <K extends keyof D & string>(key: K, ...args: Arguments<D[K]>) => string;

const KEPT = 'vigie-lang';
let loadEnglish: Load = () => Promise.resolve({});
const french: Record<string, string> = { ...shared };

let lang = $state<Lang>('fr');
let english = $state.raw<Dictionary>({});

/** The language on screen. */
export function language(): Lang {
  return lang;
}

/** Between a name and what is said of it: with a space that does not break in French, without one in English. */
export function colon(): string {
  return lang === 'fr' ? '\u00a0: ' : ': ';
}

/** Add a face's own words; `en` gives its English ones and the shared ones in one file. Gives the face's translator. */
export function speak<D extends Dictionary>(fr: D, en: Load): Translate<D & typeof shared> {
  Object.assign(french, fr);
  loadEnglish = en;
  return translate as Translate<D & typeof shared>;
}

/** Change the language, keep the choice on this device. */
export async function setLanguage(wanted: Lang): Promise<void> {
  if (wanted === 'en') english = await loadEnglish();
  lang = wanted;
  document.documentElement.lang = wanted;
  try {
    localStorage.setItem(KEPT, wanted);
  } catch {
    // storage may be closed in a private window: the choice then lasts as long as the page
  }
}

/** At start: the language chosen before, French otherwise. */
export async function startLanguage(): Promise<void> {
  let kept: string | null = null;
  try {
    kept = localStorage.getItem(KEPT);
  } catch {
    // as above
  }
  if (kept === 'en') await setLanguage('en').catch(() => undefined);
}

/** A text of the server in the language on screen. */
export function say(text: Text | null | undefined): string {
  return bind(text?.[lang] ?? '');
}

/** French puts a space before : ; ! ? and inside « »; it must not become a line break. */
function bind(words: string): string {
  return lang === 'fr' ? words.replace(/ (?=[:;!?»])|(?<=«) /g, '\u00a0') : words;
}

/** Words for a code that comes from the server; null if this face has none. */
export function perhaps(key: string): string | null {
  return key in french ? translate(key) : null;
}

function translate(key: string, args?: Record<string, string | number>): string {
  let message = (lang === 'fr' ? french : english)[key] ?? french[key] ?? key;
  if (message.includes(' | ')) {
    const forms = message.split(' | ');
    const one = new Intl.PluralRules(lang).select(Number(args?.['n'] ?? 0)) === 'one';
    message = (one ? forms[0] : forms[1]) ?? message;
  }
  return bind(args ? message.replace(/\{(\w+)\}/g, (whole, name: string) => String(args[name] ?? whole)) : message);
}

export const t = translate as Translate<typeof shared>;
