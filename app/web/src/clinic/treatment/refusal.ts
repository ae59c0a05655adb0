// A failure as lines of an error summary: what happened, then each field's own sentence.
import { explain } from '../../shared/explain.ts';
import { Problem } from '../../shared/problem.ts';

export function linesOf(failure: unknown): { message: string }[] {
  const more = failure instanceof Problem ? failure.errors.map((one) => ({ message: one.message })) : [];
  return [{ message: explain(failure) }, ...more];
}
