/** What tests of the gate share. */
import { type Change, type Containment, local } from "../../src/gate/index.ts";

export const byLocal: Change = { by: local(), protocol: "cli", operation: "test" };

export { openGate } from "../../src/gate/testing/index.ts";

export const containment = (id: string, more: Partial<Containment>): Containment => ({
  id,
  target: { kind: "principal", id: "peer:PEER" },
  action: "refuse",
  since: Date.now(),
  reason: "deletes many studies",
  contact: "IT, 4711",
  ...more,
});
