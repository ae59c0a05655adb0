// The screens behind the first one: each is fetched when it is wanted. The worker keeps all of them, so they open offline too.

export const signIn = () => import('./SignIn.svelte');
export const report = () => import('./Report.svelte');
export const result = () => import('./Result.svelte');
export const history = () => import('./History.svelte');
export const treatment = () => import('./treatment/Treatment.svelte');
export const dose = () => import('./treatment/Dose.svelte');
export const extra = () => import('./treatment/Extra.svelte');
export const reminders = () => import('./treatment/Reminders.svelte');
export const settings = () => import('./Settings.svelte');

/** Once the first screen stands: what a person in need must reach even if the pages on the server are replaced meanwhile. */
export function ready(): void {
  const fetchThem = (): void => void Promise.allSettled([report(), result(), dose()]);
  if ('requestIdleCallback' in globalThis) requestIdleCallback(fetchThem, { timeout: 10_000 });
  else setTimeout(fetchThem, 3_000); // Safari has no idle callback
}
