/** A gate for tests, over any archive's settings. */
import { randomBytes } from "node:crypto";
import { systemClock } from "../../core/index.ts";
import { Gate, type GateOptions } from "../gate.ts";
import type { SettingsPort } from "../registry.ts";

export function openGate(store: SettingsPort, options: Partial<GateOptions> = {}): Promise<Gate> {
  return Gate.open({ store, clock: systemClock, random: randomBytes, strangers: "nobody", ...options });
}
