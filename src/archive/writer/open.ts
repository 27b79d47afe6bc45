/** Opens everything the writer owns, in the order that a crash demands: journal first, then what is derived from it. */
import { dirname } from "node:path";
import { type CatalogueWriter, openCatalogue } from "../../catalogue/index.ts";
import { type Clock, codeOf } from "../../core/index.ts";
import {
  type Arrivals,
  type CompressionPolicy,
  JournalWriter,
  type Keyring,
  KeyStore,
  type Layout,
  lockFolder,
  type Manifest,
  makeFolder,
  originOf,
  type RandomBytes,
  raiseFormat,
  removeSegments,
  SegmentWriter,
  syncFolder,
} from "../../vault/index.ts";
import { catchUp } from "./catch-up.ts";
import { PatientKeyring } from "./patient-keys.ts";
import { setAside } from "./set-aside.ts";

export interface OpenStores {
  segments: SegmentWriter;
  journal: JournalWriter;
  catalogue: CatalogueWriter;
  patientKeys: PatientKeyring;
  arrivals?: Arrivals;
  journalFolder: string;
  vaultFolder: string;
  archive: string;
  keyring: Keyring;
  keyStore: KeyStore;
  close(): Promise<void>;
}

export interface OpenOptions {
  layout: Layout;
  manifest: Manifest;
  keyring: Keyring;
  /** Where it was read from, and its successors go. */
  keyFile: string;
  compression: CompressionPolicy;
  random: RandomBytes;
  now: Clock;
  /** Told how many entries of the journal are durable, whenever there are more. */
  onDurable?: (size: number) => void;
  /** Told how far the catalogue is brought up to the journal. */
  onCatalogued?: (entries: number, of: number) => void;
  /** Bytes after which a new file is begun; absent: the usual ones. */
  maxFileSize?: { journal: number; segment: number };
  /** Of a restore under way. */
  arrivals?: Arrivals;
}

export async function openStores(options: OpenOptions): Promise<OpenStores> {
  const { layout, manifest, keyring, compression, random, onDurable, maxFileSize, arrivals } = options;
  const { archive } = manifest;
  await using opened = new AsyncDisposableStack(); // what fails leaves nothing open, the lock least of all
  opened.use(lockFolder(layout.lock));
  for (const folder of [layout.journal, layout.vault, dirname(layout.catalogue)]) {
    await makeFolder(folder, folder);
    await syncFolder(folder); // a process killed as it gave a file its name may not have
  }
  const journal = await JournalWriter.open({
    folder: layout.journal,
    checkpoints: layout.checkpoints,
    archive,
    origin: originOf(archive),
    keyring,
    random,
    ...(onDurable ? { onDurable } : {}),
    ...(maxFileSize ? { maxFileSize: maxFileSize.journal } : {}),
  });
  opened.use(journal);
  // A power cut may have taken a checkpoint that witnesses and mirrors have seen. What a disk refuses now is signed later.
  await journal.checkpoint().catch(() => {});
  const catalogue = await openOrRebuild(layout.catalogue);
  opened.defer(() => catalogue.close());
  const projection = { journal, catalogue, journalFolder: layout.journal, archive, keyring };
  await catchUp(projection, options.onCatalogued);
  const collected = catalogue.collected();
  await removeSegments(layout.vault, collected).catch(() => {}); // what a disk refuses now goes at a later start
  const segments = await SegmentWriter.open({
    folder: layout.vault,
    archive,
    keyring,
    compression,
    after: Math.max(arrivals?.lastSegment ?? 0, ...collected),
    ...(maxFileSize ? { maxSegmentSize: maxFileSize.segment } : {}),
  });
  opened.defer(() => segments.close());
  if (keyring.roots.size > 0) await raiseFormat(layout.manifest, manifest);
  const stores = {
    ...projection,
    segments,
    vaultFolder: layout.vault,
    patientKeys: new PatientKeyring(keyring, catalogue),
    keyStore: new KeyStore(options.keyFile, random),
    ...(arrivals ? { arrivals } : {}),
  };
  const held = opened.move();
  const close = async (): Promise<void> => {
    await using _all = held; // let go of, though the last checkpoint cannot be written
    await journal.close();
  };
  return { ...stores, close };
}

/**
 * A catalogue that cannot be opened is set aside and built anew: everything in it is in the journal. On a full disk it is
 * left alone, since there would be no room for another either.
 */
export async function openOrRebuild(path: string): Promise<CatalogueWriter> {
  try {
    return openCatalogue(path);
  } catch (error) {
    if (codeOf(error) === "storage/full") throw error;
    await setAside(path, error);
    return openCatalogue(path);
  }
}
