// Days and hours as people live them: a day of treatment runs from 03:00 to 02:59 where the phone is.

/** The day that a moment belongs to where the phone is: a dose at 00:40 is still last evening's. */
export function dayOf(now: number, zone?: string): string {
  // 3 hours by the clock on the wall, not by elapsed time: on the night of a clock change the two differ
  const parts = new Intl.DateTimeFormat('en-CA', {
    timeZone: zone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(now);
  const of = (type: string): string => parts.find((part) => part.type === type)?.value ?? '';
  const on = `${of('year')}-${of('month')}-${of('day')}`;
  if (Number(of('hour')) >= 3) return on;
  return new Date(Date.parse(`${on}T00:00Z`) - 86_400_000).toISOString().slice(0, 10);
}

/** The moment of "HH:MM" on a day, where hours before 03:00 are the night that follows it. */
export function momentOf(on: string, clock: string, zone?: string): number {
  const [hours = 0, minutes = 0] = clock.split(':').map(Number);
  const local = Date.parse(`${on}T00:00Z`) + ((hours < 3 ? 24 : 0) + hours) * 3_600_000 + minutes * 60_000;
  // the wall clock shows `local`; take off what the zone adds then, looked up twice because it may change in between
  let at = local - offset(local, zone);
  at = local - offset(at, zone);
  return at;
}

/** "HH:MM" of a moment where the phone is. */
export function clockOf(at: number, zone?: string): string {
  return new Intl.DateTimeFormat('en-GB', { timeZone: zone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(at);
}

function offset(at: number, zone?: string): number {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
    hourCycle: 'h23',
  }).formatToParts(at);
  const of = (type: string): number => Number(parts.find((part) => part.type === type)?.value);
  return Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'), of('second')) - Math.floor(at / 1000) * 1000;
}
