// Judges reports given as lines of JSON and writes one verdict a line: how the tests compare phone and server.
//   node tests/rules/judge.mts RULEBOOK.json < reports.jsonl
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { triage } from '../../app/web/src/shared/triage/triage.ts';
import type { Answer, Chart, Rulebook } from '../../app/web/src/shared/triage/types.ts';

type Line = Chart & { answers?: Record<string, Answer>; measurements?: Record<string, number> };

const rulebook = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as Rulebook;
for await (const line of createInterface({ input: process.stdin })) {
  const report = JSON.parse(line) as Line;
  const verdict = triage(report.answers ?? {}, report.measurements ?? {}, report, rulebook);
  process.stdout.write(`${JSON.stringify(verdict)}\n`);
}
