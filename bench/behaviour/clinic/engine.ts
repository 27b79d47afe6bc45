/** The engine as the clinic's bench sees it: events in, alerts out. */
import * as behaviour from "../../../src/behaviour/index.ts";
import type { AccessEvent } from "../../../src/core/index.ts";

export interface Alert {
  /** ms since 1970 at which it was raised, and the place of that event in the stream. */
  at: number;
  index: number;
  names: readonly string[];
  events: readonly number[];
  risk: number;
  technique: string;
  reasons: readonly string[];
  /** Names of the detectors that speak. */
  evidence: readonly string[];
  /** One of them saw what ordinary work does not do at all. */
  invariant: boolean;
}

export interface Engine {
  assess(event: AccessEvent, index: number, at: number): Alert[];
  snapshot(): Uint8Array;
  restore(snapshot: Uint8Array): void;
}

/** @param disabled names of detectors to leave out */
export function makeEngine(disabled: readonly string[]): Engine {
  const options = disabled.length > 0 ? { disabled } : {};
  const engine = new behaviour.EventEngine(options as behaviour.EventEngineOptions);
  return {
    assess(event, index, at) {
      const { alarm, actor, reasons, technique } = engine.assess(event, index);
      if (!alarm) return [];
      const { events, risk } = alarm;
      return [
        {
          at,
          index,
          names: [actor],
          events,
          risk,
          technique: technique ?? "",
          reasons,
          evidence: ["relation"],
          invariant: false,
        },
      ];
    },
    snapshot: () => engine.snapshot(),
    restore: (snapshot) => engine.restore(snapshot),
  };
}

/** Names of what can be switched off; none where the engine does not tell. */
export function detectorNames(): readonly string[] {
  const names = (behaviour as Record<string, unknown>)["detectorNames"];
  return Array.isArray(names) ? names.map(String) : [];
}
