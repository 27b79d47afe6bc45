/**
 * What people said about alerts. `benign` takes most of what a detector says against one actor off until it expires;
 * `malicious` adds to everything said against it. The list is open, and each entry is undone by its id.
 */
import type { Observation } from "../detectors/observation.ts";
import type { SnapshotReader, SnapshotWriter } from "../stats/snapshot.ts";

export interface Verdict {
  id: string;
  actor: string;
  verdict: "benign" | "malicious";
  /** Names of the detectors it is about; `benign` must name them, so that nobody is trusted in everything. */
  detectors: readonly string[];
  /** Why; for people. */
  reason: string;
  /** Seconds since 1970. */
  expires: number;
}

const benignRemains = 0.25;
const maliciousFactor = 1.5;
const maliciousAdds = 3;
const most = 1_024;

export class Feedback {
  #verdicts: Verdict[] = [];
  readonly #byActor = new Map<string, Verdict[]>();

  get all(): readonly Verdict[] {
    return this.#verdicts;
  }

  give(verdict: Verdict): void {
    this.undo(verdict.id);
    if (this.#verdicts.length >= most) this.#verdicts.shift();
    this.#verdicts.push(structuredClone(verdict));
    this.#index();
  }

  /** @returns whether there was one */
  undo(id: string): boolean {
    const before = this.#verdicts.length;
    this.#verdicts = this.#verdicts.filter((verdict) => verdict.id !== id);
    this.#index();
    return this.#verdicts.length < before;
  }

  /** Surprise of one detector, nats, after what people said. */
  weigh({ actor, time }: Observation, detector: string, nats: number): number {
    const verdicts = this.#byActor.get(actor);
    if (!verdicts) return nats;
    let weighed = nats;
    for (const { verdict, detectors, expires } of verdicts) {
      if (time > expires) continue;
      const isMeant = detectors.includes(detector);
      if (verdict === "benign" && isMeant) weighed *= benignRemains;
      if (verdict === "malicious" && weighed > 0) weighed = weighed * maliciousFactor + (isMeant ? maliciousAdds : 0);
    }
    return weighed;
  }

  #index(): void {
    this.#byActor.clear();
    for (const verdict of this.#verdicts) {
      const known = this.#byActor.get(verdict.actor);
      if (known) known.push(verdict);
      else this.#byActor.set(verdict.actor, [verdict]);
    }
  }

  save(out: SnapshotWriter): void {
    out.text(JSON.stringify(this.#verdicts));
  }

  load(input: SnapshotReader): void {
    this.#verdicts = JSON.parse(input.text()) as Verdict[];
    this.#index();
  }
}
