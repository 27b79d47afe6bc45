/**
 * What a detector is: one idea, one file. It sees every event as an observation, says how surprising it finds it, and
 * learns from it afterwards, as far as the whole engine found the event ordinary.
 *
 * The engine calls `assess` on every detector, merges what they say, and then `learn` with one weight for all: a
 * detector never decides alone what may become ordinary. Both see the same observation; neither changes it.
 */
import type { Hash64 } from "../stats/hash.ts";
import type { SnapshotReader, SnapshotWriter } from "../stats/snapshot.ts";
import type { Observation } from "./observation.ts";

/** Against whom evidence speaks. */
export type EntityKind = "principal" | "host" | "vendor" | "tenant" | "object";

/** Why, in numbers; words come from `text`, which holds no patient data. */
export interface Reason {
  /** Name of the detector. */
  detector: string;
  /** One plain sentence: what was observed, what is expected. */
  text: string;
  observed?: number;
  expected?: number;
  peer?: number;
  /** MITRE ATT&CK technique that this reason suggests, `T1486`. */
  technique?: string;
}

export interface Evidence {
  entity: EntityKind;
  /** Present when `entity` is not the one of the observation that its kind names. */
  key?: Hash64;
  /** Surprise in nats, about −ln p under ordinary behaviour, ≥ 0; below 1 need not be told. */
  nats: number;
  /**
   * `nats` is the height of something that lasts (a count, a budget, a context) and not news of this event alone: the
   * engine keeps the highest of the last hour instead of adding up.
   */
  level?: true;
  /**
   * `nats` is a sequential test of its own over days, −ln of its false alerts a week: it is neither merged with the
   * hour's evidence nor calibrated, and alerts on a path of its own (LastingAlerts). `actors`: all who contributed.
   */
  lasting?: { actors?: () => readonly string[] };
  /** It is about which patients are looked at: a vendor's planned work does not explain that, only when and how much. */
  whom?: true;
  /** Called only when somebody will read it, before the next event. */
  reason: () => Reason;
  /**
   * An invariant: a thing that ordinary work does not do at all (an approved plan changed under its UID, an
   * executable in a preamble). It is not calibrated away by how often it happens.
   */
  invariant?: true;
}

export interface Detector {
  readonly name: string;
  /** What it learns are facts of objects and not habits: it is taught in full unless it finds the event odd itself. */
  readonly keepsFacts?: true;
  /** What it says of this event, told through `report`, before it has learnt from it. Counts may move, habits may not. */
  assess(seen: Observation, report: (evidence: Evidence) => void): void;
  /** @param weight 0 to 1: how ordinary the whole engine found the event; 0 teaches nothing. */
  learn(seen: Observation, weight: number): void;
  /** Bytes held, bounded whatever the stream. */
  readonly bytes: number;
  save(out: SnapshotWriter): void;
  load(input: SnapshotReader): void;
}

/** Bounds that the engine gives a detector. */
export interface DetectorLimits {
  /** Most principals, hosts, vendors and tenants remembered, each. */
  entities: number;
  /** Most patients, studies or objects remembered. */
  objects: number;
}
