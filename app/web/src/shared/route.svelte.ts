// Addresses after the # : they work offline, and the browser's Back works.
import type { Attachment } from 'svelte/attachments';

const read = (): string[] => location.hash.replace(/^#\/?/, '').split('/').filter(Boolean).map(decode);

let parts = $state.raw<string[]>(read());
let moves = 0; // how often the person went somewhere
let focused = 0; // the move whose heading has had the focus
let holder: HTMLElement | null = null; // that heading

addEventListener('hashchange', () => {
  moves += 1;
  parts = read();
});

/** The address in parts: "#/alerts/42" is ["alerts", "42"]. */
export function route(): string[] {
  return parts;
}

/** Go to "/alerts/42"; `replace` leaves no trace for Back. */
export function go(path: string, { replace = false } = {}): void {
  const hash = `#${path}`;
  if (location.hash === hash) return;
  if (!replace) location.hash = hash;
  else {
    history.replaceState(history.state, '', hash);
    moves += 1;
    parts = read();
  }
}

/** For a screen that changes without a new address: its next heading takes the focus. */
export function moved(): void {
  moves += 1;
}

/** On the h1: names the page, and takes the focus when the person has just come here, or when what had it while loading is gone. */
export function heading(words: string, name = 'Vigie'): Attachment<HTMLElement> {
  return (node) => {
    document.title = `${words} – ${name}`;
    const lost = holder !== null && !holder.isConnected && document.activeElement === document.body;
    if (focused === moves && !lost) return;
    focused = moves;
    holder = node;
    scrollTo(0, 0);
    node.focus({ preventScroll: true });
  };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
