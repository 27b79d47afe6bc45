/** One round of replication into a folder, as a program: `replicating.ts HOME REPLICA`. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { FolderTarget } from "../../src/vault/replica/index.ts";
import { replicatorOf } from "../support/replicator.ts";
import { type Fault, runUnder, saysFailed } from "./system-call.ts";

const self = fileURLToPath(import.meta.url);

export const roundUnder = (home: string, replica: string, fault: Fault) => runUnder([self, home, replica], fault);

async function run(home: string, replica: string): Promise<void> {
  const target = new FolderTarget(replica);
  const archive = { dataFolder: join(home, "data"), keyFile: join(home, "key.json") };
  try {
    await (await replicatorOf(archive, target)).round();
  } catch {
    process.exitCode = saysFailed;
  }
}

if (process.argv[1] === self) await run(process.argv[2]!, process.argv[3]!);
