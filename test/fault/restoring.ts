/** A restore from a folder onto an empty one that has the key file, as a program: `restoring.ts REPLICA HOME`. */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openKeyFile } from "../../src/vault/index.ts";
import { FolderTarget, restoreReplica } from "../../src/vault/replica/index.ts";
import { type Fault, runUnder, saysFailed } from "./system-call.ts";

const self = fileURLToPath(import.meta.url);

export const restoreUnder = (replica: string, home: string, fault: Fault) => runUnder([self, replica, home], fault);

async function run(replica: string, home: string): Promise<void> {
  try {
    const { archive, keyring } = await openKeyFile(join(home, "key.json"), randomBytes);
    await restoreReplica({ target: new FolderTarget(replica), archive, keyring, dataFolder: join(home, "data") });
  } catch {
    process.exitCode = saysFailed;
  }
}

if (process.argv[1] === self) await run(process.argv[2]!, process.argv[3]!);
