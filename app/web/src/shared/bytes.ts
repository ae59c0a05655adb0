// Keys compared, byte by byte.
/** Whether a subscription was made with this key; a browser that does not say is believed. */
export function sameBytes(made: ArrayBuffer | null, wanted: Uint8Array): boolean {
  if (!made) return true;
  const bytes = new Uint8Array(made);
  return bytes.length === wanted.length && bytes.every((byte, place) => byte === wanted[place]);
}
