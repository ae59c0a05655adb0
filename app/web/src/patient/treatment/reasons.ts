import type { MissedReason } from '../../shared/types.ts';

/** Why a dose was not taken, in the order in which the screens offer it. */
export const REASONS = ['forgot', 'side_effect', 'ran_out', 'cost', 'felt_well', 'travel', 'doctor_said_so', 'other'] as const satisfies MissedReason[];
