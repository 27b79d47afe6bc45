/** What response did since the start, counted for monitors: no names of people, only of routes. */
import type { Latency } from "./live/index.ts";

/** ms. */
const bounds = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 5_000] as const;

interface RouteFigures {
  delivered: number;
  failed: number;
}

export class ResponseFigures {
  readonly routes = new Map<string, RouteFigures>();
  readonly #waiting: () => Map<string, number>;
  readonly #counts: number[] = new Array(bounds.length + 1).fill(0);
  #count = 0;
  #sum = 0;

  /** @param waiting messages that wait, by route */
  constructor(waiting: () => Map<string, number>) {
    this.#waiting = waiting;
  }

  waiting(): Map<string, number> {
    return this.#waiting();
  }

  /** ms from an assessment until the gate had the containment that follows from it. */
  took(milliseconds: number): void {
    const bucket = bounds.findIndex((bound) => milliseconds <= bound);
    this.#counts[bucket < 0 ? bounds.length : bucket]! += 1;
    this.#count += 1;
    this.#sum += Math.max(0, milliseconds);
  }

  latency(): Latency {
    return { bounds, counts: [...this.#counts], count: this.#count, sum: this.#sum };
  }

  /** A message to a route was delivered, or a try failed. */
  sent(route: string, outcome: keyof RouteFigures): void {
    const figures = this.routes.get(route) ?? { delivered: 0, failed: 0 };
    figures[outcome] += 1;
    this.routes.set(route, figures);
  }
}
