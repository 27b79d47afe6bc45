/** Every detector there is, in the order in which they are asked. A new one is a file and a line here. */
import { Breadth } from "./breadth.ts";
import { Burst } from "./burst.ts";
import { Campaign } from "./campaign.ts";
import { TrailClock } from "./clock.ts";
import { Content } from "./content.ts";
import { Destruction } from "./destruction.ts";
import type { Detector, DetectorLimits } from "./detector.ts";
import { Dormant } from "./dormant.ts";
import { Endurance } from "./endurance.ts";
import { type InvariantOptions, Invariants } from "./invariants.ts";
import { Novelty } from "./novelty.ts";
import { Sequence } from "./sequence.ts";
import { Silence } from "./silence.ts";
import { Slow } from "./slow.ts";
import { TreatmentIntegrity } from "./treatment.ts";
import { Volume } from "./volume.ts";
import { Workflow } from "./workflow.ts";

export type DetectorMaker = (limits: DetectorLimits, options?: InvariantOptions) => Detector;

export const detectorMakers: Readonly<Record<string, DetectorMaker>> = {
  volume: (limits) => new Volume(limits),
  breadth: (limits) => new Breadth(limits),
  dormant: (limits) => new Dormant(limits),
  novelty: (limits) => new Novelty(limits),
  burst: (limits) => new Burst(limits),
  destruction: (limits) => new Destruction(limits),
  content: (limits) => new Content(limits),
  treatment: (limits) => new TreatmentIntegrity(limits),
  workflow: (limits) => new Workflow(limits),
  sequence: (limits) => new Sequence(limits),
  clock: () => new TrailClock(),
  endurance: (limits) => new Endurance(limits),
  silence: () => new Silence(),
  slow: (limits) => new Slow(limits),
  campaign: (limits) => new Campaign(limits),
  invariants: (limits, options) => new Invariants(limits, options),
};

export const detectorNames: readonly string[] = Object.keys(detectorMakers);
