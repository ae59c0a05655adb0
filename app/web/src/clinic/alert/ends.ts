// Usual ends of a pause or a mute, none of them past the latest that the policy allows.
import { t } from '../words/index.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const MARGIN = 60_000; // this device's clock may run ahead of the server's, which refuses what is too long by a second

export interface End {
  key: string;
  label: string;
  at: number;
}

/** Of a pause: some hours, or tomorrow morning. */
export function ends(now: number, latest: string | null): End[] {
  const morning = new Date(now + DAY).setHours(8, 0, 0, 0);
  const all = [
    { key: '1h', label: t('until.hour'), at: now + HOUR },
    { key: '2h', label: t('until.hours', { n: 2 }), at: now + 2 * HOUR },
    { key: '4h', label: t('until.hours', { n: 4 }), at: now + 4 * HOUR - MARGIN },
    { key: 'morning', label: t('until.tomorrow'), at: morning },
  ];
  return all.filter((one) => !latest || one.at <= Date.parse(latest));
}

/** Of a mute: some days. */
export function days(now: number, latest: string | null): End[] {
  return [1, 2, 3, 7, 14]
    .map((n) => ({ key: `${n}d`, label: t('until.days', { n }), at: now + n * DAY - MARGIN }))
    .filter((one) => !latest || one.at <= Date.parse(latest));
}
