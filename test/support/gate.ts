/** A gate over an archive, as `serve` opens it. */
import { randomBytes } from "node:crypto";
import type { Archive } from "../../src/archive/index.ts";
import { type Change, type Containment, Gate, type GateOptions, local } from "../../src/gate/index.ts";

export const byLocal: Change = { by: local(), protocol: "cli", operation: "test" };

export function openGate(archive: Archive, options: Partial<GateOptions> = {}): Promise<Gate> {
  return Gate.open({ store: archive, clock: Date.now, random: randomBytes, strangers: "nobody", ...options });
}

export const containment = (id: string, more: Partial<Containment>): Containment => ({
  id,
  target: { kind: "principal", id: "peer:PEER" },
  action: "refuse",
  since: Date.now(),
  reason: "deletes many studies",
  contact: "IT, 4711",
  ...more,
});
