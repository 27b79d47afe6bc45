/**
 * node:sqlite for the system under test: real SQLite on a memory disk, one file for each path of a simulated disk. What
 * was committed is there after any fall; connections end with the machine.
 */
import { mkdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync as RealDatabase } from "node:sqlite";
import { world } from "../world/world.ts";
import { placeOf } from "./access.ts";
import type { Disk } from "./disk.ts";

export function databaseFile(path: string): string {
  const { disk, parts } = placeOf(path);
  return join(world().scratch, disk.name, ...parts);
}

const open = new Map<Disk, Set<RealDatabase>>();

export class DatabaseSync extends RealDatabase {
  constructor(path: string, options: { readOnly?: boolean } = {}) {
    const { disk } = placeOf(path);
    mkdirSync(dirname(databaseFile(path)), { recursive: true });
    super(databaseFile(path), options);
    connectionsOf(disk).add(this);
  }
}

function connectionsOf(disk: Disk): Set<RealDatabase> {
  const known = open.get(disk);
  if (known) return known;
  const connections = new Set<RealDatabase>();
  open.set(disk, connections);
  disk.onFall(() => closeDatabases(disk));
  return connections;
}

export function closeDatabases(disk: Disk): void {
  const connections = open.get(disk) ?? new Set();
  for (const connection of connections) if (connection.isOpen) connection.close();
  connections.clear();
}

/** The databases of a disk are gone, as a lost or wiped disk loses them. */
export function removeDatabases(disk: Disk): void {
  closeDatabases(disk);
  rmSync(join(world().scratch, disk.name), { recursive: true, force: true });
}
