/** Where the engine goes on: at its snapshot when that is whole and of this very journal, else at the first entry. */
import { EventEngine, type EventEngineOptions } from "../../behaviour/index.ts";
import { JournalTail } from "../../vault/index.ts";
import { readSnapshot, type SnapshotFacts } from "./snapshot-file.ts";

/** What `JournalTail` needs to know of a journal. */
export type JournalPlace = ConstructorParameters<typeof JournalTail>[0];

export interface Resumed {
  engine: EventEngine;
  tail: JournalTail;
  facts: SnapshotFacts;
}

export async function resume(
  path: string,
  place: JournalPlace,
  options: Partial<EventEngineOptions>,
): Promise<Resumed> {
  const identity = { archive: place.archive, engine: JSON.stringify(options) };
  return (await restored(path, place, options, identity)) ?? fresh(place, options, identity);
}

type Identity = Pick<SnapshotFacts, "archive" | "engine">;

async function restored(
  path: string,
  place: JournalPlace,
  options: Partial<EventEngineOptions>,
  identity: Identity,
): Promise<Resumed | undefined> {
  const found = await readSnapshot(path);
  if (found?.facts.archive !== identity.archive || found.facts.engine !== identity.engine) return undefined;
  const { facts, state } = found;
  const tail = new JournalTail(place, facts.position);
  const engine = new EventEngine(options);
  try {
    const leaf = await tail.begin();
    if (leaf.toString("base64") === facts.leaf) {
      engine.restore(state);
      return { engine, tail, facts };
    }
  } catch {
    // another journal, or a state that this engine does not understand
  }
  tail.close();
  return undefined;
}

async function fresh(place: JournalPlace, options: Partial<EventEngineOptions>, identity: Identity): Promise<Resumed> {
  const tail = new JournalTail(place, 0);
  const facts = { ...identity, position: 0, leaf: "", events: 0, failed: 0, remarks: 0, alerts: 0 };
  return { engine: new EventEngine(options), tail, facts };
}
