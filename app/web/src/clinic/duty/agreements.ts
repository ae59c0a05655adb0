// How an agreement stands, and whether it covers this very hour.
import { local } from './week.ts';

interface Signed {
  from_on: string;
  until_on: string;
  signed_at: string | null;
  partner_signed_at: string | null;
  ended_at: string | null;
}

export type Standing = 'to_sign' | 'waiting' | 'ahead' | 'running' | 'past' | 'ended' | 'refused';

/** `now` is an instant; its day decides what is ahead and what is past. */
export function standing(one: Signed, now: string): Standing {
  if (one.ended_at) return one.signed_at && one.partner_signed_at ? 'ended' : 'refused';
  if (!one.signed_at) return 'to_sign';
  if (!one.partner_signed_at) return 'waiting';
  const today = now.slice(0, 10);
  return today < one.from_on ? 'ahead' : today > one.until_on ? 'past' : 'running';
}

/** Whether the weekly hours hold now, in this zone. Public holidays are the server's to know: it says who is called. */
export function coversNow(one: { from_minutes: readonly number[]; to_minutes: readonly number[] }, now: string, zone: string): boolean {
  const [day, hour] = local(Date.parse(now), zone);
  const weekday = (new Date(`${day}T12:00Z`).getUTCDay() + 6) % 7;
  const [h = 0, m = 0] = hour.split(':').map(Number);
  const minute = weekday * 1440 + h * 60 + m;
  return one.from_minutes.some((from, index) => {
    const to = one.to_minutes[index] ?? from;
    return (from <= minute && minute < to) || (from <= minute + 10080 && minute + 10080 < to);
  });
}
