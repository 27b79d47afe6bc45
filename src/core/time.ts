/** Time is injected: nothing below the composition root reads the machine's clock. Milliseconds since 1970 UTC. */
export type Clock = () => number;

export const systemClock: Clock = Date.now;

/** RFC 3339 UTC with milliseconds. */
export function rfc3339(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
