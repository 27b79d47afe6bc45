/** Every tunable of the relation model, with its reason. Halving or doubling any of them moves the figures little: see docs/behaviour.md. */

/** Seconds. People work in minutes, hours and days; so do attacks, from a flood to low and slow. */
export const scales = [60, 3_600, 86_400] as const;

/** Seconds: an actor is present in an hour when it acts in it. */
export const presenceWindow = 3_600;

/** Windows that the population's habit counts for against an entity's own: new entities are judged by their peers. */
export const priorWindows = 8;

/** Windows an own habit remembers at most: older ones fade. */
export const memoryWindows = 50;

/**
 * What a window may teach at most, as a multiple of the habit: an attacker who grows patiently needs a window of that
 * scale for each doubling, and a single flood teaches next to nothing (conditional merge, as an influence bound).
 */
export const learningBound = 4;

/** Windows that the population's habit remembers. */
export const populationMemory = 20_000;

/** Pseudo-counts of presence: one hour present in eight, before anything is known. */
export const presencePrior = { present: 1, windows: 8 } as const;

/**
 * How much an actor's unfamiliarity weighs against the logarithm of its burst evidence. At 2, tenfold rarer weighs as
 * a hundredfold stronger burst: who it is matters more than how much.
 */
export const unfamiliarityWeight = 2;
