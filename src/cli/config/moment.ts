/** A moment as an option states it: a time, or so long before each use. */
const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;
const ago = /^(\d{1,6})([mhd])$/;
const unit = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** ms since 1970, or ms before now; undefined when the text is neither. */
export function momentOf(text: string): { at: number } | { ago: number } | undefined {
  const before = ago.exec(text);
  if (before) return { ago: Number(before[1]) * unit[before[2] as keyof typeof unit] };
  const at = time.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? undefined : { at };
}
