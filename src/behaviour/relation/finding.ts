/** Why a score is what it is: one detector's view, in numbers. */
export interface Finding {
  kind: "unfamiliar" | "source-volume" | "target-volume" | "pair-volume" | "source-breadth" | "target-breadth";
  /** Surprise: how much it adds to the score, roughly. */
  nats: number;
  /** Which party is unfamiliar. */
  party?: "source" | "target";
  /** Time scale of the count. */
  seconds?: number;
  /** The decayed count now, what is usual for this entity, and for its peers. */
  observed?: number;
  expected?: number;
  peer?: number;
}
