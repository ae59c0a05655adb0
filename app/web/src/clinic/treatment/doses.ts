// Doses as they are typed: "1500", "1 500" or "2,5", in mg per intake.

export interface Read {
  given: Record<string, number>;
  wrong: string[]; // drugs whose text is no dose
}

/** What was typed for each drug; an empty field is no dose and no mistake. */
export function readDoses(drugs: readonly string[], typed: Readonly<Record<string, string>>): Read {
  const given: Record<string, number> = {};
  const wrong: string[] = [];
  for (const drug of drugs) {
    const text = (typed[drug] ?? '').replace(/\s/g, '').replace(',', '.');
    if (text === '') continue;
    const mg = Number(text);
    if (Number.isFinite(mg) && mg > 0) given[drug] = mg;
    else wrong.push(drug);
  }
  return { given, wrong };
}
