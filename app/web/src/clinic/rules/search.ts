// Search in the rulebook: over titles, ids, drug names and the words of conditions; accents and case do not count.
import type { Lang, Text } from '../../shared/types.ts';
import { byTitle, sayings, type Book, type Kind } from './book.ts';

export interface Entry {
  kind: Kind;
  id: string;
  title: Text;
  names: string; // plain: titles in both languages, the id, drug names
  texts: { said: Text; plain: string }[];
}

export interface Found {
  entry: Entry;
  excerpt: Text | null; // why it is here, when its title does not say so
}

/** Without accents and case; anything that is neither letter nor digit is a space, but for the signs of a condition. */
export function plain(text: string): string {
  return text
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll('œ', 'oe')
    .replace(/[^\p{L}\p{N}≥≤<>=%,.]+/gu, ' ')
    .trim();
}

/** Everything that can be found; made once per rulebook and language, whose alphabet it follows. */
export function entries(book: Book, lang: Lang): Entry[] {
  return [
    ...byTitle(book.symptoms, lang).map((one) =>
      entry('symptoms', one, one.codes, [...one.asked.map((asked) => asked.question), ...one.looks_like]),
    ),
    ...byTitle(book.regimens, lang).map((one) =>
      entry('regimens', one, [...one.inn, one.drug_class ?? '', ...one.used_for], [
        ...one.flags,
        ...one.interactions.map((asked) => asked.question),
        ...one.special,
        ...one.dose_rules.map((rule) => rule.text),
      ]),
    ),
    ...book.policies.map((one) => entry('policies', one, ['escalade', 'escalation'], [])),
    ...book.rules.map((one) => entry('rules', one, [], sayings(one, book).map((said) => said.when))),
  ];
}

function entry(kind: Kind, one: { id: string; title: Text }, names: string[], texts: (Text | null)[]): Entry {
  return {
    kind,
    id: one.id,
    title: one.title,
    names: plain([one.title.fr, one.title.en, one.id, ...names].join(' ')),
    texts: texts.flatMap((said) => (said ? [{ said, plain: plain(`${said.fr} ${said.en}`) }] : [])),
  };
}

/** Entries that hold every one of these words, the closest first: in the title's beginning, in the names, in the texts. */
export function find(all: readonly Entry[], wanted: string, lang: Lang): Found[] {
  const words = plain(wanted).split(' ').filter(Boolean);
  if (words.length === 0) return [];
  const ranked: { rank: number; found: Found }[] = [];
  for (const one of all) {
    const missing = words.filter((word) => !one.names.includes(word));
    if (missing.length === 0) {
      const rank = plain(one.title[lang]).startsWith(words.join(' ')) ? 0 : startsWord(one.names, words) ? 1 : 2;
      ranked.push({ rank, found: { entry: one, excerpt: null } });
    } else if (missing.every((word) => one.texts.some((text) => text.plain.includes(word)))) {
      ranked.push({ rank: 3, found: { entry: one, excerpt: closest(one, missing) } });
    }
  }
  return ranked.sort((a, b) => a.rank - b.rank).map((one) => one.found); // a stable sort: the order of `all` within a rank
}

function startsWord(names: string, words: string[]): boolean {
  return words.every((word) => ` ${names}`.includes(` ${word}`));
}

/** The text that holds most of the words. */
function closest(one: Entry, words: string[]): Text | null {
  let best: { held: number; said: Text } | null = null;
  for (const text of one.texts) {
    const held = words.filter((word) => text.plain.includes(word)).length;
    if (!best || held > best.held) best = { held, said: text.said };
  }
  return best?.said ?? null;
}
