import * as actions from "./actions.ts";
import type { ActionPort, EventNumber, State, UpperLayerEvent } from "./port.ts";

/**
 * PS3.8 Table 9-10, a row per event, a column per state Sta1 to Sta13. A dot is a blank cell: the event cannot
 * happen there, or, for a primitive of the local user, is a mistake of the caller.
 */
const rows: Record<EventNumber, string> = {
  //    1    2    3    4    5    6    7    8    9    10   11   12   13
  1: "  AE1  .    .    .    .    .    .    .    .    .    .    .    .   ",
  2: "  .    .    .    AE2  .    .    .    .    .    .    .    .    .   ",
  3: "  .    AA1  AA8  .    AE3  AA8  AA8  AA8  AA8  AA8  AA8  AA8  AA6 ",
  4: "  .    AA1  AA8  .    AE4  AA8  AA8  AA8  AA8  AA8  AA8  AA8  AA6 ",
  5: "  AE5  .    .    .    .    .    .    .    .    .    .    .    .   ",
  6: "  .    AE6  AA8  .    AA8  AA8  AA8  AA8  AA8  AA8  AA8  AA8  AA7 ",
  7: "  .    .    AE7  .    .    .    .    .    .    .    .    .    .   ",
  8: "  .    .    AE8  .    .    .    .    .    .    .    .    .    .   ",
  9: "  .    .    .    .    .    DT1  .    AR7  .    .    .    .    .   ",
  10: " .    AA1  AA8  .    AA8  DT2  AR6  AA8  AA8  AA8  AA8  AA8  AA6 ",
  11: " .    .    .    .    .    AR1  .    .    .    .    .    .    .   ",
  12: " .    AA1  AA8  .    AA8  AR2  AR8  AA8  AA8  AA8  AA8  AA8  AA6 ",
  13: " .    AA1  AA8  .    AA8  AA8  AR3  AA8  AA8  AR10 AR3  AA8  AA6 ",
  14: " .    .    .    .    .    .    .    AR4  AR9  .    .    AR4  .   ",
  15: " .    .    AA1  AA2  AA1  AA1  AA1  AA1  AA1  AA1  AA1  AA1  .   ",
  16: " .    AA2  AA3  .    AA3  AA3  AA3  AA3  AA3  AA3  AA3  AA3  AA2 ",
  17: " .    AA5  AA4  AA4  AA4  AA4  AA4  AA4  AA4  AA4  AA4  AA4  AR5 ",
  18: " .    AA2  .    .    .    .    .    .    .    .    .    .    AA2 ",
  19: " .    AA1  AA8  .    AA8  AA8  AA8  AA8  AA8  AA8  AA8  AA8  AA7 ",
};

type Transition = ((port: ActionPort, event: UpperLayerEvent) => State) | undefined;

const byName = new Map(Object.entries(actions) as [string, Transition][]);

function parseRow(row: string): Transition[] {
  return row
    .trim()
    .split(/\s+/)
    .map((name) => (name === "." ? undefined : byName.get(name)));
}

const table: Transition[][] = [];
for (const [event, row] of Object.entries(rows)) table[Number(event)] = parseRow(row);

/** The action for an event in a state, or nothing where the table has a blank cell. */
export function transition(event: EventNumber, state: State): Transition {
  return table[event]![state - 1];
}

/** Primitives of the local user: in a blank cell they are refused, whereas other events are of no effect. */
export const localPrimitives: ReadonlySet<EventNumber> = new Set([1, 7, 8, 9, 11, 14, 15]);
