/** What the protocol thread and the writer thread say to each other. Object bytes travel in shared slots (see slots.ts). */

import type { DeleteTarget, HeldObject, JournalRecord, StateChange } from "../../catalogue/index.ts";
import type { AccessEvent, ErrorCode } from "../../core/index.ts";
import type { ArrivalMemory } from "../../vault/index.ts";
import type { RequestContext, StoreHint, StoreOutcome } from "../types.ts";
import type { SlotMemory } from "./slots.ts";

export interface WriterSettings {
  dataFolder: string;
  keyFile: string;
  compression: "auto" | "always" | "off";
  maxObjectSize: number;
  /** When the archive started, ms since 1970, by the clock of its opener. */
  startedAt: number;
  /** SOP classes outside the standard that are accepted too. */
  acceptSopClasses: "all" | string[];
  slots: SlotMemory;
  /** Of a restore under way. */
  arrivals?: ArrivalMemory;
  /** Holds one 64-bit number: the journal's durable entries. */
  durable: SharedArrayBuffer;
}

export interface ObjectOpening {
  hint: StoreHint;
  context: RequestContext;
  /** ms since 1970 when the request began. */
  started: number;
}

export type ToWriter =
  /** The first message of an object carries its opening; the last says so. `slot` < 0: no bytes. */
  | {
      type: "bytes";
      id: number;
      slot: number;
      length: number;
      opening?: ObjectOpening;
      last: boolean;
      /** With the last: the containment that holds it back, if that began after the object did. */
      held?: string;
    }
  | { type: "abort"; id: number }
  | { type: "events"; events: AccessEvent[] }
  | { type: "delete"; call: number; event: AccessEvent; target: DeleteTarget }
  | { type: "state"; call: number; event: AccessEvent; changes: StateChange[] }
  | { type: "release"; call: number; event: AccessEvent; held: HeldObject[] }
  | { type: "discard"; call: number; event: AccessEvent; entries: number[]; retainUntil: number }
  /** Of these segments those that the writer finds collectable too. */
  | { type: "collect"; call: number; event: AccessEvent; candidates: number[] }
  /** Each only while what it expects still holds. */
  | { type: "amend"; call: number; amendments: Amendment[] }
  /** New keys for a clinic or the root; then the older root keys leave the key file. */
  | { type: "exchange"; call: number; event: AccessEvent; exchange: KeyExchange }
  | { type: "settle"; call: number }
  | { type: "flush"; call: number }
  /** Makes everything applied so far visible to readers. */
  | { type: "commit"; call: number }
  | { type: "close"; call: number };

/** Which key is exchanged; `clinic`: of this tenant. */
export type KeyExchange =
  | { of: "root" }
  | { of: "clinic"; tenant: string }
  /** The patient's keys are destroyed, then the keys above them exchanged. */
  | { of: "patient"; tenant: string; patientId: string }
  /** What erasures before have left to be exchanged. */
  | { of: "erased" };

/** A record that repairs, and what must still be so of the instance when it is written. */
export interface Amendment {
  tenant?: string;
  sopInstanceUid: string;
  expected: { version: number; visible: boolean };
  record: Extract<JournalRecord, { kind: "store" | "delete" | "restore" }>;
}

export interface JournalPosition {
  /** Entries in the journal. */
  size: number;
  /** The last entry that readers of the catalogue see. */
  visible: number;
  /** The last entry that may have changed what they see; accesses alone do not. */
  changed: number;
}

export interface WriterHealth {
  ok: boolean;
  code?: ErrorCode;
  detail?: string;
}

/** How far the catalogue is brought up to the journal, in entries. */
export interface Cataloguing {
  entries: number;
  of: number;
}

export type FromWriter =
  | { type: "cataloguing"; cataloguing: Cataloguing }
  /** `setAside`: names of files that keep what broken writes had left. */
  | { type: "ready"; archive: string; position: JournalPosition; setAside: string[] }
  /** Slots became free while the other side waits for some. */
  | { type: "freed" }
  | { type: "stored"; outcomes: [id: number, outcome: StoreOutcome][]; position: JournalPosition; health: WriterHealth }
  | {
      type: "reply";
      call: number;
      error?: { code: ErrorCode; detail?: string };
      /** Amendments not made, by place: somebody else was first. */
      passed?: number[];
      /** Segments that were collected. */
      collected?: number[];
      position: JournalPosition;
    }
  | { type: "position"; position: JournalPosition; health: WriterHealth };
