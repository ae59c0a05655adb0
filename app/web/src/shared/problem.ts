// What the server refuses, as RFC 9457 problem documents, and what never reached it.

export class Problem extends Error {
  readonly status: number; // 0: no answer at all
  readonly code: string;
  readonly errors: { path: string; message: string }[];

  constructor(status: number, code: string, detail: string, errors: { path: string; message: string }[] = []) {
    super(detail);
    this.status = status;
    this.code = code;
    this.errors = errors;
  }

  get offline(): boolean {
    return this.status === 0;
  }
}

/** The problem document of an answer that is not 2xx; a proxy's page becomes one without words. */
export function problemOf(status: number, body: unknown): Problem {
  const told = typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {};
  const errors = Array.isArray(told['errors']) ? (told['errors'] as { path: string; message: string }[]) : [];
  return new Problem(status, String(told['code'] ?? 'unexpected'), String(told['detail'] ?? ''), errors);
}
