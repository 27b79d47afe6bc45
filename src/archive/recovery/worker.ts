/** Entry of the thread that reads the journal for one question of recovery. */
import { randomBytes } from "node:crypto";
import { parentPort, workerData } from "node:worker_threads";
import { codeOf, HoldfastError } from "../../core/index.ts";
import { layoutOf, readKeyring, readManifest } from "../../vault/index.ts";
import { journalOf } from "../journal.ts";
import type { FromAssessor, ToAssessor } from "./apart.ts";
import { assessor } from "./assess.ts";

const { dataFolder, keyFile, question, parameters } = workerData as ToAssessor;
const post = (message: FromAssessor): void => parentPort!.postMessage(message);

try {
  const layout = layoutOf(dataFolder);
  const manifest = (await readManifest(layout.manifest))!;
  const keyring = await readKeyring(keyFile, manifest, randomBytes);
  const journal = (from?: number) => journalOf(layout.journal, manifest.archive, keyring, from);
  const ask = assessor({ journal })[question] as (...parameters: unknown[]) => Promise<unknown>;
  post({ answer: await ask(...parameters) });
} catch (error) {
  const detail = error instanceof HoldfastError ? error.detail : undefined;
  post({ error: { code: codeOf(error), ...(detail === undefined ? {} : { detail }) } });
}
