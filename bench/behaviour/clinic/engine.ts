/** The engine as the clinic's bench sees it: announcements and events in, alerts out. */

import type { Announcement } from "../../../sim/clinic/index.ts";
import * as behaviour from "../../../src/behaviour/index.ts";
import type { AccessEvent } from "../../../src/core/index.ts";

type Kind = "principal" | "host" | "vendor" | "tenant" | "object";

export interface Alert {
  /** ms since 1970 at which it was raised, and the place of that event in the stream. */
  at: number;
  index: number;
  /** Of whom it speaks against: principal, tenant and others. */
  kind: Kind;
  /** Whom it speaks against first, then all who contributed. */
  names: readonly string[];
  events: readonly number[];
  risk: number;
  technique: string;
  reasons: readonly string[];
  /** Names of the detectors that speak. */
  evidence: readonly string[];
  /** One of them saw what ordinary work does not do at all. */
  invariant: boolean;
  /** The engine itself suggests to contain without asking anybody. */
  automatic: boolean;
}

export interface Engine {
  assess(event: AccessEvent, index: number, at: number): Alert[];
  snapshot(): Uint8Array;
  restore(snapshot: Uint8Array): void;
}

/** What an engine's alarm may say; an older one says less. */
interface Alarm {
  risk: number;
  events: readonly number[];
  entity?: string;
  kind?: Kind;
  actors?: readonly string[];
  evidence?: readonly string[];
  invariant?: boolean;
  automatic?: boolean;
  level?: string;
}

interface Announcing {
  announce?(tenant: string, work: object): void;
}

/** The archive's own events name no tenant; those of the cloud name the account. */
const tenants = ["", "417288301266"];

/** @param disabled names of detectors to leave out */
export function makeEngine(disabled: readonly string[], announced: readonly Announcement[]): Engine {
  const options = disabled.length > 0 ? { disabled } : {};
  const engine = new behaviour.EventEngine(options as Partial<behaviour.EventEngineOptions>);
  for (const [index, one] of announced.entries()) announce(engine, one, `planned-${index}`);
  return {
    assess(event, index, at) {
      const { alarm, actor, reasons, technique = "" } = engine.assess(event, index);
      return alarm ? [{ at, index, technique, reasons, ...told(alarm, actor) }] : [];
    },
    snapshot: () => engine.snapshot(),
    restore: (snapshot) => engine.restore(snapshot),
  };
}

function told(alarm: Alarm, actor: string): Omit<Alert, "at" | "index" | "technique" | "reasons"> {
  const {
    events,
    risk,
    entity = actor,
    kind = "principal",
    actors = [],
    evidence = ["relation"],
    invariant = false,
  } = alarm;
  const automatic = alarm.automatic === true && alarm.level !== "watch";
  return { events, risk, kind, names: [entity, ...actors], evidence, invariant, automatic };
}

function announce(engine: object, work: Announcement, id: string): void {
  const { from, to, names, addresses, activities, reason } = work;
  const planned = { id, from: from / 1000, to: to / 1000, names, hosts: addresses, activities, reason };
  for (const tenant of tenants) (engine as Announcing).announce?.(tenant, planned);
}

/** Names of what can be switched off; none where the engine does not tell. */
export function detectorNames(): readonly string[] {
  const names = (behaviour as Record<string, unknown>)["detectorNames"];
  return Array.isArray(names) ? names.map(String) : [];
}
