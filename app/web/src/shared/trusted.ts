// The content security policy allows one trusted-types policy: the one that Svelte makes for its templates.
// As Svelte makes it, we let it name one address more, that of our own worker, which browsers ask for as well.
// Import this first.
export const WORKER = `/${__FACE__}/sw.js`;

interface Policy {
  createScriptURL(url: string): unknown;
}
interface Factory {
  createPolicy(name: string, rules: object): Policy;
}

const factory = (globalThis as unknown as { trustedTypes?: Factory }).trustedTypes;
let policy: Policy | undefined;

if (factory) {
  const create = factory.createPolicy.bind(factory);
  factory.createPolicy = (name, rules) => {
    policy = create(name, { ...rules, createScriptURL: (url: string) => (url === WORKER ? url : '') });
    return policy;
  };
}

/** Our worker's address, as the browser wants to have it. */
export function trustedWorker(): string {
  return (policy?.createScriptURL(WORKER) ?? WORKER) as string;
}
