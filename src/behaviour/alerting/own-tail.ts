/**
 * How often, and how far, an entity's own hours lie in everybody's tail.
 *
 * Entities are not exchangeable: whoever corrects a series twice a week lies in the tail of all twice a week. Over the tail
 * that everybody shares, where surprise in nats beyond u = −ln(share) is exponential with mean 1, each entity has a rate and
 * a scale of its own, shrunk towards everybody's by conjugate priors (a hierarchical peaks-over-threshold model; Coles
 * 2001, 4.4): of n hours k in the tail, by s nats in all,
 *
 *     ρ = (k + a) / (n·share + a),   β = (s + b) / (k + b),   −ln p = u − ln ρ + (x − u) / β
 *
 * so what recurs counts less, and what is out of the ordinary for somebody who never is counts more. What an hour teaches
 * is bounded (Huber 1964), and half a day's hours in the tail teach once, so that no attack soon makes itself ordinary.
 */
import { tailShare } from "./peaks.ts";

/** Of a row: hours in the tail, nats beyond in all, the hour of the last lesson. */
export const ownFloats = 3;
const tails = 0;
const sum = 1;
const lesson = 2;

const start = -Math.log(tailShare);
/** Multiple of its scale that an excess teaches at most. */
const bound = 3;
const restHours = 12;
/** However often an entity lies in the tail: an hour there is no more likely than this. */
const mostShare = 0.5;

export interface OwnTailOptions {
  /** Hours in the tail that the priors of rate and scale are worth. */
  priorRate: number;
  priorScale: number;
  /** Least ρ: 1 where rarity of its own must not count against an entity. */
  leastRate: number;
  /** Hours remembered. */
  memory: number;
}

export class OwnTail {
  readonly #options: OwnTailOptions;

  constructor(options: OwnTailOptions) {
    this.#options = options;
  }

  /** @param nats everybody's surprise @param hours of the entity, known @returns its own surprise, nats */
  surprise(data: Float32Array, at: number, nats: number, hours: number): number {
    if (nats <= start) return nats;
    const { priorRate, leastRate } = this.#options;
    const rate = Math.max(leastRate, (data[at + tails]! + priorRate) / (hours * tailShare + priorRate));
    return (nats - start) / this.#scale(data, at) - Math.log(Math.min(mostShare, rate * tailShare));
  }

  /** An hour is over, with this surprise of everybody's at its peak. */
  learn(data: Float32Array, at: number, nats: number, hour: number): void {
    const fade = 1 - 1 / this.#options.memory;
    data[at + tails]! *= fade;
    data[at + sum]! *= fade;
    if (nats <= start || hour - data[at + lesson]! < restHours) return;
    data[at + sum]! += Math.min(nats - start, bound * this.#scale(data, at));
    data[at + tails]!++;
    data[at + lesson] = hour;
  }

  #scale(data: Float32Array, at: number): number {
    const { priorScale } = this.#options;
    return (data[at + sum]! + priorScale) / (data[at + tails]! + priorScale);
  }
}
