// The content security policy (app/http/headers.py) wants worker addresses to be vouched for. Ours is the only one that passes.
// A policy of our own beside Svelte's: it does not matter which script of a build runs first.
const WORKER = `/${__FACE__}/sw.js`;

interface Policy {
  createScriptURL(url: string): unknown;
}
interface Factory {
  createPolicy(name: string, rules: object): Policy;
}

const factory = (globalThis as unknown as { trustedTypes?: Factory }).trustedTypes;
const policy = factory?.createPolicy('vigie-worker', { createScriptURL: (url: string) => (url === WORKER ? url : '') });

/** Our worker's address, as the browser wants to have it. */
export function trustedWorker(): string {
  return (policy?.createScriptURL(WORKER) ?? WORKER) as string;
}
