/**
 * Bursts of edges (MIDAS family): actor → object, actor → operation and actor → address as relations, each scored by
 * the evidence of its counts and the unfamiliarity of the actor. The relation that finds the event oddest speaks.
 */
import { explain, technique } from "../explain.ts";
import type { Finding } from "../relation/finding.ts";
import { Relation } from "../relation/relation.ts";
import { type Hash64, hashText } from "../stats/hash.ts";
import type { SnapshotReader, SnapshotWriter } from "../stats/snapshot.ts";
import type { Detector, DetectorLimits, Evidence, Reason } from "./detector.ts";
import type { Observation } from "./observation.ts";

const names = { object: "a patient or study", operation: "one kind of operation", origin: "one address" } as const;
/** Nats from which the reasons are kept, since the relation may go on to another object. */
const worthTelling = 5;
type Name = keyof typeof names;

export class Burst implements Detector {
  readonly name = "burst";
  readonly #relations: Record<Name, Relation>;
  readonly #target: Hash64 = { high: 0, low: 0 };
  #best = 0;
  #about: Name = "object";
  #findings: () => Finding[] = () => [];

  constructor({ entities, objects }: DetectorLimits) {
    const half = Math.max(64, entities >> 1);
    const make = (targets: number): Relation => new Relation({ sources: half, targets, pairs: half * 2 });
    this.#relations = { object: make(Math.max(64, objects >> 1)), operation: make(half), origin: make(half) };
  }

  assess(seen: Observation, report: (evidence: Evidence) => void): void {
    this.#best = 0;
    const { event } = seen;
    const objects = seen.patients.length > 0 ? seen.patients : seen.studies;
    const each = Math.max(1, seen.objects / Math.max(1, objects.length));
    for (const object of objects) this.#relate("object", seen, object, each);
    hashText(`${event.activity}\u0000${event.operation}\u0000${event.status}`, 0, this.#target);
    this.#relate("operation", seen, this.#target, 1);
    if (seen.host) this.#relate("origin", seen, seen.host, 1);
    if (this.#best >= 1)
      report({ entity: "principal", nats: this.#best, level: true, reason: () => this.#reason(seen) });
  }

  #relate(name: Name, seen: Observation, target: Hash64, amount: number): void {
    const relation = this.#relations[name];
    const score = relation.observe(seen.principal, target, seen.time, amount);
    if (score <= this.#best) return;
    this.#best = score;
    this.#about = name;
    if (score < worthTelling) this.#findings = () => relation.findings();
    else {
      const findings = relation.findings();
      this.#findings = () => findings;
    }
  }

  #reason(seen: Observation): Reason {
    const findings = this.#findings();
    const text = explain(findings[0]!, { source: seen.actor, target: names[this.#about] });
    return { detector: "burst", text, technique: techniqueOf(seen, findings) };
  }

  /** Relations bound what a window teaches by themselves; see Rates. */
  learn(): void {}

  get bytes(): number {
    return Object.values(this.#relations).reduce((sum, { bytes }) => sum + bytes, 0);
  }

  save(out: SnapshotWriter): void {
    for (const relation of Object.values(this.#relations)) relation.save(out);
  }

  load(input: SnapshotReader): void {
    for (const relation of Object.values(this.#relations)) relation.load(input);
  }
}

/** What the access itself says comes before what its count suggests. */
function techniqueOf(seen: Observation, findings: readonly Finding[]): string {
  const suggested = technique(findings);
  if (suggested === "T1078") return suggested;
  const byAct = { read: "T1530", search: "T1083", change: "T1486", destroy: "T1485", login: "T1110" };
  return byAct[seen.act as keyof typeof byAct] ?? suggested;
}
