/** Proves that nothing was altered, dropped or reordered, or names the first entry where something was. */
import { randomBytes } from "node:crypto";
import { stat } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { HoldfastError } from "../../core/index.ts";
import { collectedBy } from "../collect/collected.ts";
import { listJournal } from "../journal/file.ts";
import type { KeyChanges } from "../keys/changes.ts";
import { JournaledKeys, type SharedKeys } from "../keys/journaled-keys.ts";
import type { Keyring } from "../keys/keyring.ts";
import { ObjectKeys } from "../keys/object-keys.ts";
import { layoutOf } from "../layout.ts";
import { readKeyring, readManifest } from "../manifest.ts";
import { witnessClaims } from "./claims.ts";
import { wrongCollections } from "./collections.ts";
import { verifyJournal } from "./journal.ts";
import { Ledger, type SegmentLedger } from "./ledger.ts";
import type { Problem, VerifyProgress, VerifyReport } from "./report.ts";
import { verifySegment } from "./segment.ts";

export interface VerifyOptions {
  dataFolder: string;
  keyFile: string;
  /** Witnesses by their keys, each with the checkpoint that it told when it was asked. */
  witnesses?: { key: string; told?: string }[];
  onProgress?: (progress: VerifyProgress) => void;
  /** Threads that check objects; 0: the calling one does. */
  threads?: number;
}

interface JournaledObject {
  object?: { location: { segment: number; offset: number; length: number }; digest: string };
  location?: { segment: number; offset: number; length: number };
  event?: { content?: { digest: string } };
}

/** Reads everything. @throws HoldfastError storage/format or storage/key when the archive cannot be opened at all. */
export async function verifyArchive(options: VerifyOptions): Promise<VerifyReport> {
  const layout = layoutOf(options.dataFolder);
  const manifest = await readManifest(layout.manifest);
  if (!manifest) throw new HoldfastError("storage/format", "There is no archive in this folder.");
  const keyring = await readKeyring(options.keyFile, manifest, randomBytes);
  const ledger = new Ledger();
  const keys = new JournaledKeys();
  const collected = new Set<number>();
  const journalBytes = await sizeOf((await listJournal(layout.journal)).map((file) => file.path));
  let bytes = 0;
  const witnessed = await witnessClaims(layout.cosignatures, manifest, options.witnesses ?? []);
  const journal = await verifyJournal(
    layout.journal,
    layout.checkpoints,
    manifest,
    keyring,
    witnessed.claims,
    (seq, payload) => {
      enter(ledger, keys, seq, payload);
      for (const segment of collectedBy(payload)) collected.add(segment);
    },
    (read) => {
      bytes += read;
      options.onProgress?.({ stage: "journal", bytes, totalBytes: journalBytes });
    },
  );
  const [gone, there] = [true, false].map((is) =>
    ledger.segments().filter(({ segment }) => collected.has(segment) === is),
  ) as [SegmentLedger[], SegmentLedger[]];
  const objects = await verifyObjects(options, keyring, there, keys);
  const wrong = gone.length > 0 ? await wrongCollections(layout.journal, manifest.archive, keyring) : [];
  const problems = [...journal.problems, ...objects.problems, ...wrong].sort(
    (a, b) => (a.entry ?? -1) - (b.entry ?? -1),
  );
  return {
    ok: problems.length === 0,
    entries: journal.entries,
    checkpoints: journal.checkpoints,
    objects: ledger.objects,
    erased: objects.erased,
    collected: gone.reduce((sum, { places }) => sum + places.length / 3, 0),
    bytes: bytes + objects.bytes,
    witnesses: witnessed.witnesses,
    problems,
  };
}

/** Store and quarantine records name a place in the vault and the digest of what lies there. */
function enter(ledger: Ledger, keys: JournaledKeys, seq: number, payload: Buffer): void {
  const kind = payload.toString("latin1", 0, 24);
  if (kind.startsWith('{"kind":"keys"')) keys.apply(JSON.parse(payload.toString()) as KeyChanges);
  if (
    !kind.startsWith('{"kind":"store"') &&
    !kind.startsWith('{"kind":"held"') &&
    !kind.startsWith('{"kind":"quarantine"')
  )
    return;
  const record = JSON.parse(payload.toString()) as JournaledObject;
  const location = record.object?.location ?? record.location!;
  // An entry without a digest vouches for nothing: its object is reported, since no record has the digest of zeros.
  ledger.add(seq, location, Buffer.from(record.object?.digest ?? record.event?.content?.digest ?? "", "hex"));
}

async function sizeOf(paths: string[]): Promise<number> {
  const sizes = await Promise.all(paths.map(async (path) => (await stat(path)).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}

async function verifyObjects(
  options: VerifyOptions,
  keyring: Keyring,
  segments: SegmentLedger[],
  keys: JournaledKeys,
): Promise<Checked> {
  const totalBytes = segments.reduce(
    (sum, { places }) => sum + places.reduce((all, value, index) => (index % 3 === 2 ? all + value : all), 0),
    0,
  );
  const queue = segments.reverse();
  const checked: Checked = { problems: [], erased: 0, bytes: 0 };
  const threads = Math.min(options.threads ?? availableParallelism(), segments.length);
  const onBytes = (read: number): void => {
    checked.bytes += read;
    options.onProgress?.({ stage: "objects", bytes: checked.bytes, totalBytes });
  };
  if (options.threads === 0) {
    const { vault } = layoutOf(options.dataFolder);
    const own = new ObjectKeys(keyring, keys);
    for (const ledger of queue) {
      const { problems, erased } = await verifySegment(vault, own, ledger, onBytes);
      checked.problems.push(...problems);
      checked.erased += erased;
    }
  }
  const shared = keys.share();
  await Promise.all(Array.from({ length: threads }, () => runThread(options, queue, shared, checked, onBytes)));
  return checked;
}

interface Checked {
  problems: Problem[];
  erased: number;
  bytes: number;
}

function runThread(
  options: VerifyOptions,
  queue: SegmentLedger[],
  shared: SharedKeys,
  checked: Checked,
  onBytes: (bytes: number) => void,
): Promise<void> {
  const { dataFolder, keyFile } = options;
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { workerData: { dataFolder, keyFile, shared } });
  const next = (): void => {
    const ledger = queue.pop();
    if (ledger) worker.postMessage(ledger);
    else void worker.terminate();
  };
  return new Promise((resolve, reject) => {
    worker.on("message", ({ bytes, problems, erased }: { bytes: number; problems?: Problem[]; erased?: number }) => {
      onBytes(bytes);
      if (!problems) return;
      checked.problems.push(...problems);
      checked.erased += erased ?? 0;
      next();
    });
    worker.on("error", reject);
    worker.on("exit", () => resolve());
    next();
  });
}
