import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Book, Rule } from './book.ts';
import { checks, grades, reviews, sayings, searching } from './book.ts';
import { entries, find, plain } from './search.ts';

const provenance = { source: 'S', evidence: ['U'], owner: 'oncology', review_by: '2027-06-30', overdue: false };

const rule = (id: string, fr: string, en: string, rest: Partial<Rule> = {}): Rule => ({
  id, title: { fr, en }, family: 'overlay', symptom: null, values: [], provenance, ...rest,
});

const symptom = (id: string, fr: string, en: string, levels: string[], kind = 'high_risk') => ({
  id, title: { fr, en }, kind, asked: [{ attribute: 'F', question: { fr: `Avez-vous : ${fr} ?`, en: `Did you have: ${en}?` } }],
  looks_like: [{ fr: 'un peu', en: 'a little' }, null, null], levels, measurement: null, baseline_adjustable: false,
  codes: id === 'diarrhoea' ? ['PROCTCAE_16A_SCL'] : [], rules: [], note: null, provenance,
});

const regimen = (id: string, fr: string, en: string, inn: string[], checked: Record<string, string>) => ({
  id, title: { fr, en }, inn, level: 2, drug_class: null, used_for: ['breast'], flags: [], over_adherence_class: 'high',
  schedule: null, intake: null, special: [], dose_rules: [{ text: { fr: 'diarrhée de grade 2 : arrêter', en: 'grade 2 diarrhoea: stop' }, suggests: [] }],
  doses: { id, title: { fr, en }, calendar: null, alternates: [], drugs: [], partners: [] },
  interactions: [{ question: { fr: 'Prenez-vous de la brivudine ?', en: 'Do you take brivudine?' }, severity: 'avoid', note: null }],
  checked, source: 'S', owner: 'pharmacy', review_by: '2026-01-31', overdue: true,
});

const hold = {
  since: '2026-01-01', level: 'orange', emergency: false, hold: true, symptom: 'diarrhoea',
  when: { fr: 'médicament : fluoropyrimidine et Diarrhée : grade ≥ 2', en: 'drug: fluoropyrimidine and Diarrhoea: grade ≥ 2' },
};

const book: Book = {
  version: '2026-01-01.abc', in_force_from: '2026-01-01', editions: ['2026-01-01'], title: { fr: 'R', en: 'R' },
  statement: { fr: 'S', en: 'S' }, awaiting_signature: true,
  symptoms: [
    symptom('diarrhoea', 'Diarrhée', 'Diarrhoea', ['green', 'orange', 'red']),
    symptom('confusion', 'Confusion', 'Confusion', ['emergency'], 'safety_item'),
    symptom('heart_burn', 'Maux de cœur', 'Nausea', ['green', 'yellow', 'orange']),
  ],
  regimens: [
    regimen('capecitabine_mono', 'Capécitabine', 'Capecitabine', ['capecitabine'], { food: 'V', missed_dose: 'P', interactions: 'B' }),
    regimen('letrozole', 'Létrozole', 'Letrozole', ['letrozole'], { food: 'V' }),
  ],
  policies: [{ id: 'standard', title: { fr: 'Règle commune', en: 'Common rule' }, values: [], provenance }],
  rules: [
    rule('fluoropyrimidine_g2', 'Toxicité sous fluoropyrimidine', 'Toxicity on a fluoropyrimidine', { values: [hold] }),
    rule('diarrhoea_g3', 'Diarrhée, grade 3', 'Diarrhoea, grade 3', { family: 'symptom', symptom: 'diarrhoea' }),
    rule('confusion', 'Confusion', 'Confusion', { family: 'safety', symptom: 'confusion' }),
    rule('three_oranges', 'Trois symptômes au niveau orange', 'Three symptoms at orange', { family: 'count' }),
  ],
};

const ids = (wanted: string, lang: 'fr' | 'en' = 'fr') => find(entries(book, lang), wanted, lang).map((one) => one.entry.id);

test('accents, case, ligatures and punctuation do not count', () => {
  assert.equal(plain('  Diarrhée, GRADE ≥ 2 '), 'diarrhee, grade ≥ 2');
  assert.equal(plain('Maux de cœur'), 'maux de coeur');
  assert.deepEqual(ids('DIARRHEE'), ids('diarrhée'));
  assert.deepEqual(ids('coeur'), ['heart_burn']);
});

test('the title comes first, then names, then the words of texts and conditions', () => {
  assert.deepEqual(ids('diarrhee'), ['diarrhoea', 'diarrhoea_g3', 'capecitabine_mono', 'letrozole', 'fluoropyrimidine_g2']);
});

test('either language, an id, a drug and a code find it', () => {
  assert.deepEqual(ids('diarrhoea_g3'), ['diarrhoea_g3']);
  assert.deepEqual(ids('capecitabine mono'), ['capecitabine_mono']);
  assert.deepEqual(ids('letro'), ['letrozole']);
  assert.deepEqual(ids('16a'), ['diarrhoea']);
  assert.equal(ids('three symptoms')[0], 'three_oranges');
});

test('every word must be there, wherever it is', () => {
  assert.deepEqual(ids('fluoropyrimidine grade ≥ 2'), ['fluoropyrimidine_g2']);
  assert.deepEqual(ids('capecitabine brivudine'), ['capecitabine_mono']);
  assert.deepEqual(ids('diarrhee xyz'), []);
});

test('nothing typed finds nothing', () => {
  assert.deepEqual(ids(''), []);
  assert.deepEqual(ids('  ?'), []);
});

test('an excerpt says why, when the title does not', () => {
  const found = find(entries(book, 'fr'), 'brivudine', 'fr');
  assert.equal(found[0]?.excerpt?.fr, 'Prenez-vous de la brivudine ?');
  assert.equal(find(entries(book, 'fr'), 'diarrhee', 'fr')[0]?.excerpt, null);
});

test('a rule says what its values say, a grade what its symptom gives', () => {
  const of = (id: string) => sayings(book.rules.find((one) => one.id === id) as Rule, book);
  assert.deepEqual(of('fluoropyrimidine_g2').map((one) => [one.level, one.hold, one.raises]), [['orange', true, 'diarrhoea']]);
  assert.deepEqual(of('diarrhoea_g3').map((one) => [one.when?.fr, one.level, one.emergency]), [['Diarrhée : grade 3', 'red', false]]);
  assert.deepEqual(of('confusion').map((one) => [one.when?.en, one.level, one.emergency]), [['Confusion: yes', 'red', true]]);
  assert.deepEqual(of('three_oranges'), []);
});

test('grades keep what they look like', () => {
  assert.deepEqual(grades(book.symptoms[0]!).map((one) => one.looks?.fr ?? null), ['un peu', null, null]);
});

test('reviews are counted once, the earliest first', () => {
  assert.equal(reviews(book).length, 3 + 2 + 1 + 2); // symptoms, regimens, the policy, rules of no symptom
  assert.deepEqual(reviews(book).filter((one) => one.overdue).map((one) => one.id), ['capecitabine_mono', 'letrozole']);
  assert.equal(reviews(book)[0]?.on, '2026-01-31');
});

test('what is still to be verified is counted', () => {
  assert.deepEqual(checks(book.regimens), { V: 2, P: 1, B: 1 });
});

test('an address keeps words with signs', () => {
  assert.equal(searching('a/b 50 %'), '/rules/search/a%2Fb%2050%20%25');
  assert.equal(searching(''), '/rules');
});
