// Drawing for lanes of one day a step: every lane is 0..n days wide and 0..100 high, stretched by the page.

/** A value a day, null where nothing was told. */
export type Values = readonly (number | null)[];

/** Where a value stands in a lane: 100 is the ground, 0 the top. */
export function height(value: number, most: number, least = 0): number {
  if (most <= least) return 50;
  return round(100 - ((value - least) / (most - least)) * 100);
}

/** A line through the values that were told; it breaks where nothing was told for more than `patience` days. */
export function line(values: Values, most: number, least: number, patience: number): string {
  let path = '';
  let last = -Infinity;
  values.forEach((value, index) => {
    if (value === null) return;
    path += `${index - last > patience ? 'M' : 'L'}${index + 0.5} ${height(value, most, least)}`;
    last = index;
  });
  return path;
}

/** Dots at the values: strokes of no length, which round caps make circles however the lane is stretched. */
export function dots(values: Values, most: number, least = 0, only?: number): string {
  return values
    .map((value, index) => (value === null || (only !== undefined && value !== only) ? '' : `M${index + 0.5} ${height(value, most, least)}h0`))
    .join('');
}

/** The outline of a level that holds for whole days, such as the dose ordered. */
export function steps(values: readonly number[], most: number): string {
  return values
    .map((value, index) => {
      const y = height(value, most);
      const before = values[index - 1];
      return index === 0 ? `M0 ${y}H1` : before === value ? `H${index + 1}` : `V${y}H${index + 1}`;
    })
    .join('');
}

/** Bars that stand on the ground, or on what `under` says. */
export function bars(values: readonly number[], most: number, under?: readonly number[]): string {
  return values
    .map((value, index) => {
      if (value <= 0) return '';
      const foot = under?.[index] ?? 0;
      return `M${index + 0.12} ${height(foot, most)}V${height(foot + value, most)}h0.76V${height(foot, most)}Z`;
    })
    .join('');
}

/** Runs of days for which it holds: first day and length. */
export function runs(holds: readonly boolean[]): { from: number; length: number }[] {
  const found: { from: number; length: number }[] = [];
  holds.forEach((on, index) => {
    if (!on) return;
    const last = found.at(-1);
    if (last && last.from + last.length === index) last.length += 1;
    else found.push({ from: index, length: 1 });
  });
  return found;
}

/** A few days to name on the axis, evenly spread and never more than `most`. */
export function ticks(days: number, most: number): number[] {
  const step = [1, 2, 7, 14, 28, 56, 91, 182].find((one) => days / one <= most) ?? 365;
  return Array.from({ length: Math.ceil(days / step) }, (_, index) => index * step);
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
