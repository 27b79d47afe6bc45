/** Rebuilds a data folder from a replica alone. Every byte is checked against the signed recovery points. */
import { join } from "node:path";
import { arrivalStates } from "../../arrivals.ts";
import { replaceFile } from "../../durable.ts";
import type { Keyring } from "../../keys/keyring.ts";
import { layoutOf, segmentOf } from "../../layout.ts";
import { endRestoring, noteRestoring, type Restoring, readRestoring } from "../../restoring.ts";
import type { Digest, RecoveryPoint } from "../point.ts";
import type { ReplicaTarget } from "../target.ts";
import { Delivery } from "./delivery.ts";
import { planRestore, type RestorePlan, type Wanted } from "./plan.ts";
import { type Survey, surveyJournal } from "./survey.ts";

export interface RestoreOptions extends Wanted {
  target: ReplicaTarget;
  archive: string;
  keyring: Keyring;
  dataFolder: string;
  /** Absent: on this thread. */
  digest?: Digest;
  onProgress?(bytes: number, of: number): void;
}

export interface Restored {
  point: Omit<RecoveryPoint, "pieces" | "manifest">;
  bytes: number;
  /** Bytes that a restore before had brought. */
  kept: number;
}

/** All of it. An interrupted restore goes on where it was. @throws HoldfastError replica/* */
export async function restoreReplica(options: RestoreOptions): Promise<Restored> {
  const { target, archive, keyring, dataFolder } = options;
  const plan = await planRestore(target, archive, keyring, options);
  const restored = begun(plan);
  await bringJournal(options, plan, restored);
  await bringVault(options, plan, (bytes, kept) => count(options, plan, restored, bytes, kept));
  if (await readRestoring(dataFolder)) await endRestoring(dataFolder);
  await putManifest(dataFolder, plan); // last: without it the folder is no archive
  return restored;
}

/** The journal alone: the folder is an archive then, and a note in it says that its vault has to arrive. */
export async function beginRestore(options: RestoreOptions, from: Omit<Restoring, "point">): Promise<Restored> {
  const { target, archive, keyring, dataFolder } = options;
  const plan = await planRestore(target, archive, keyring, options);
  const restored = begun(plan);
  await bringJournal(options, plan, restored);
  await noteRestoring(dataFolder, { ...from, point: plan.point.number });
  await putManifest(dataFolder, plan);
  return restored;
}

/** Of a restore that {@link beginRestore} began: what is still to come. The folder is complete when it resolves. */
export async function completeRestore(options: RestoreOptions): Promise<Restored> {
  const { target, archive, keyring, dataFolder } = options;
  const plan = await planRestore(target, archive, keyring, options);
  const restored = begun(plan);
  await bringVault(options, plan, (bytes, kept) => count(options, plan, restored, bytes, kept));
  await endRestoring(dataFolder);
  return restored;
}

/** The vault's pieces, treat-first; the plan's arrivals tell how far each is. */
export async function vaultDelivery(
  { target, archive, keyring, dataFolder, digest }: RestoreOptions,
  { vault, arrivals }: RestorePlan,
  more: { onBytes?(bytes: number, kept: boolean): void; onSurvey?(survey: Survey): void; stopped?(): boolean } = {},
): Promise<Delivery> {
  const survey = await surveyJournal(layoutOf(dataFolder).journal, archive, keyring, arrivals);
  more.onSurvey?.(survey);
  for (const [index, { path }] of vault.entries())
    if (survey.collected.has(segmentOf(path.slice("vault/".length))!)) arrivals.mark(index, "durable"); // nothing is to come
  return new Delivery({
    ...{ target, archive, dataFolder, pieces: vault, order: survey.order },
    ...(digest ? { digest } : {}),
    ...(more.stopped ? { stopped: more.stopped } : {}),
    isHere: (index) => arrivals.stateOf(index) === arrivalStates.durable,
    onPiece(index, kept) {
      arrivals.mark(index, "readable");
      more.onBytes?.(vault[index]!.length, kept);
    },
    onFile(indices, durable) {
      for (const index of indices) arrivals.mark(index, durable ? "durable" : "awaited");
    },
  });
}

async function bringVault(
  options: RestoreOptions,
  plan: RestorePlan,
  onBytes: (bytes: number, kept: boolean) => void,
): Promise<void> {
  await (await vaultDelivery(options, plan, { onBytes })).run();
}

/** Of the journal each round of replication made a piece: they are many and small, and their time is that of asking. */
const journalAtOnce = 32;

async function bringJournal(options: RestoreOptions, plan: RestorePlan, restored: Restored): Promise<void> {
  const { target, archive, dataFolder, digest } = options;
  const { journal: pieces } = plan;
  const onPiece = (index: number, kept: boolean): void => count(options, plan, restored, pieces[index]!.length, kept);
  const parts = { target, archive, dataFolder, pieces, onPiece, ...(digest ? { digest } : {}) };
  await new Delivery({ ...parts, atOnce: journalAtOnce }).run();
}

function count(
  { onProgress }: RestoreOptions,
  { total }: RestorePlan,
  to: Restored,
  bytes: number,
  kept: boolean,
): void {
  to.bytes += bytes;
  if (kept) to.kept += bytes;
  onProgress?.(to.bytes, total);
}

const putManifest = (dataFolder: string, { point }: RestorePlan): Promise<void> =>
  replaceFile(join(dataFolder, "holdfast.json"), point.manifest);

function begun({ point: { pieces: _, manifest: __, ...point } }: RestorePlan): Restored {
  return { point, bytes: 0, kept: 0 };
}
