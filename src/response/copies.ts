/** Copies of the archive that are behind, or whose lock does not hold, as alerts: nobody is contained for them. */
import { type Change, defaultTenant, type Principal } from "../gate/index.ts";
import type { Finding } from "./finding.ts";
import type { Responder } from "./responder.ts";

export interface CopyState {
  /** Of the configuration; tells copies apart. */
  name: string;
  /** Seconds since it was known to hold everything. */
  lag: number;
  /** It alarms above so many seconds. */
  mostLag: number;
  /** What its lock did not prevent. */
  lockBroken: readonly string[];
}

export interface CopyWatchOptions {
  responder: Pick<Responder, "inbox">;
  /** The name under which response itself acts. */
  self: Principal;
  /** ms since 1970. */
  now(): number;
}

type Trouble = Pick<Finding, "risk" | "evidence" | "reasons" | "technique">;

const behind = 0.6;
const unlocked = 0.95;

export class CopyWatch {
  readonly #options: CopyWatchOptions;
  /** What was told since it began. */
  readonly #told = new Set<string>();

  constructor(options: CopyWatchOptions) {
    this.#options = options;
  }

  /** To be called every some seconds. Each trouble is told once when it begins; its end is a comment. */
  async look(copies: readonly CopyState[]): Promise<void> {
    for (const copy of copies) {
      await this.#heed(`${copy.name} behind`, copy.lag > copy.mostLag, () => behindOf(copy));
      await this.#heed(`${copy.name} lock`, copy.lockBroken.length > 0, () => unlockedOf(copy));
    }
  }

  async #heed(id: string, isSo: boolean, trouble: () => Trouble): Promise<void> {
    const { inbox } = this.#options.responder;
    const open = inbox.all().find(({ review, state }) => review === id && state !== "closed");
    if (isSo && !this.#told.has(id)) {
      this.#told.add(id); // before the wait: a second look must not tell it again
      if (!open) await this.#tell(id, trouble());
    } else if (!isSo && this.#told.delete(id) && open) {
      await inbox.comment(open.id, over, this.#change());
    }
  }

  async #tell(id: string, trouble: Trouble): Promise<void> {
    const { inbox } = this.#options.responder;
    const subject = { principal: "replication", kind: "service", roles: [], tenant: defaultTenant } as const;
    const { alert } = inbox.merged({ ...trouble, time: this.#options.now(), subject, invariant: false, review: id });
    await inbox.put(alert, this.#change()).durable;
  }

  #change(): Change {
    return { by: this.#options.self, protocol: "internal", operation: "alert" };
  }
}

const over = "It is over: the copy holds everything, and its lock holds.";

function behindOf({ name, lag, mostLag }: CopyState): Trouble {
  const text = `${name} has not held everything for ${Math.round(lag / 60)} minutes: what came since is on this machine alone`;
  return { risk: behind, evidence: ["copy"], reasons: [{ detector: "copy", text, observed: lag, expected: mostLag }] };
}

function unlockedOf({ name, lockBroken }: CopyState): Trouble {
  const text = `The lock of ${name} does not hold: it let a canary be subjected to ${lockBroken.join(", ")}`;
  return { risk: unlocked, evidence: ["copy"], reasons: [{ detector: "copy", text }], technique: "T1490" };
}
