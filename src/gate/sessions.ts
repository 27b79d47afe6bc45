/** Logins of people: a random token in a cookie, of which only a hash is kept. They end with the process. */
import { createHash, timingSafeEqual } from "node:crypto";
import type { Clock } from "../core/index.ts";
import type { Principal } from "./principal.ts";
import type { RandomBytes } from "./secrets/password.ts";

export interface Session {
  id: string;
  principal: Principal;
  /** ms since 1970. */
  since: number;
  lastSeen: number;
  /** What a state-changing request must carry beside the cookie. */
  csrf: string;
}

export interface SessionLimits {
  /** ms without a request. */
  idle: number;
  /** ms since the login. */
  absolute: number;
}

export const defaultSessionLimits: SessionLimits = { idle: 30 * 60_000, absolute: 12 * 3_600_000 };
const maxSessions = 10_000;

export class Sessions {
  readonly #clock: Clock;
  readonly #random: RandomBytes;
  readonly #limits: SessionLimits;
  /** By the hash of the token. */
  readonly #sessions = new Map<string, Session>();

  constructor(clock: Clock, random: RandomBytes, limits = defaultSessionLimits) {
    this.#clock = clock;
    this.#random = random;
    this.#limits = limits;
  }

  /** Always a new token; one that was shown with the login is worth nothing afterwards. */
  begin(principal: Principal, shown?: string): { token: string; session: Session } {
    if (shown !== undefined) this.end(shown);
    this.#sweep();
    const token = this.#random(32).toString("base64url");
    const [now, id] = [this.#clock(), this.#random(9).toString("hex")];
    const session = { id, principal, since: now, lastSeen: now, csrf: this.#random(32).toString("base64url") };
    this.#sessions.set(keyOf(token), session);
    if (this.#sessions.size > maxSessions) this.#sessions.delete(this.#sessions.keys().next().value!);
    return { token, session };
  }

  /** The session of a token, which counts as a sign of life; undefined when there is none or it has ended. */
  find(token: string): Session | undefined {
    const session = this.#sessions.get(keyOf(token));
    if (!session) return undefined;
    if (!this.#lives(session)) {
      this.#sessions.delete(keyOf(token));
      return undefined;
    }
    session.lastSeen = this.#clock();
    return session;
  }

  end(token: string): Session | undefined {
    const session = this.#sessions.get(keyOf(token));
    this.#sessions.delete(keyOf(token));
    return session;
  }

  /** Ends the session with this id, or all of a principal. Returns how many. */
  endAll(which: (session: Session) => boolean): number {
    const ended = [...this.#sessions].filter(([, session]) => which(session));
    for (const [key] of ended) this.#sessions.delete(key);
    return ended.length;
  }

  all(): Session[] {
    this.#sweep();
    return [...this.#sessions.values()];
  }

  #lives({ since, lastSeen }: Session): boolean {
    const now = this.#clock();
    return now - lastSeen < this.#limits.idle && now - since < this.#limits.absolute;
  }

  #sweep(): void {
    this.endAll((session) => !this.#lives(session));
  }
}

/** Found by its hash, so that the time of the search says nothing about the token. */
const keyOf = (token: string): string => createHash("sha256").update(token).digest("hex");

/** Constant time. */
export function sameText(one: string, other: string): boolean {
  const [a, b] = [one, other].map((text) => createHash("sha256").update(text).digest());
  return timingSafeEqual(a!, b!);
}
