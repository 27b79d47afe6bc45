/** A containment with its history. */
import type { Containment } from "../../gate/index.ts";
import type { Numbered } from "../ledger.ts";
import type { SafeguardName } from "../safeguards/index.ts";

export interface ContainmentRecord extends Containment, Numbered {
  state: "active" | "released" | "expired";
  /** Principal id, or `policy 3: NAME OF THE RULE`. */
  by: string;
  alert?: string;
  /** Who may know of it besides those of the whole archive. */
  tenant?: string;
  /** ms since 1970: when the engine had assessed what it follows from; absent where a person decided. */
  assessed?: number;
  /** What was asked for, where safeguards made it milder, and which. */
  asked?: Containment["action"];
  because?: SafeguardName[];
  /** Released by two persons only. */
  critical?: boolean;
  ended?: { at: number; by: string; reason: string };
}

/** What is asked for. */
export interface Order extends Pick<Containment, "target" | "action" | "reason" | "perMinute" | "incident"> {
  minutes?: number;
  contact?: string;
  alert?: string;
  /** Absent: the clinic of whom it stands on. */
  tenant?: string;
  assessed?: number;
}
