/** Where messages go. */
import type { Happening } from "../responder.ts";

export interface Destination {
  /** Resolves when the other side has it. Rejects when it should be tried again. */
  send(happening: Happening): Promise<void>;
  close(): void;
}

export interface Route {
  /** Unique and lasting: what has been delivered is remembered by it. */
  name: string;
  destination: Destination;
  /** Alerts below it are not sent; 0 to 1. */
  leastRisk: number;
}
