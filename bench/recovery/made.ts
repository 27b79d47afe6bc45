/** Archives to measure: of objects stored as in service, or of very many entries over one object. */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { type OpenArchive, openArchive } from "../../src/archive/index.ts";
import { openStores } from "../../src/archive/writer/open.ts";
import type { JournalRecord, StoredObject } from "../../src/catalogue/index.ts";
import { systemClock } from "../../src/core/index.ts";
import { layoutOf, openKeyFile, readManifest } from "../../src/vault/index.ts";
import { makeObject } from "../../test/support/made-object.ts";
import { event, MadeArchive } from "../catalogue/objects.ts";

export interface Home {
  data: string;
  keyFile: string;
}

export const homeIn = (folder: string): Home => ({ data: join(folder, "data"), keyFile: join(folder, "key.json") });

export const objectSize = 512 * 1024;
const planClass = "1.2.840.10008.5.1.4.1.1.481.5";
const context = { actor: {}, src: {}, protocol: "internal", operation: "bench" };

/** The plan of the patient whose plan is the newest. */
export const newestPlan = (objects: number) =>
  makeObject({ patient: "TREATED", study: objects, sopClassUid: planClass, pixels: 512 });

/** So many objects of 512 KiB that do not compress, and half way a plan. */
export async function fill({ data, keyFile }: Home, objects: number): Promise<void> {
  await using archive = await openArchive({ dataFolder: data, keyFile, compression: "off" });
  const noise = randomBytes(objectSize);
  for (let instance = 1; instance <= objects; instance++) {
    const { file } = makeObject({ instance, pixels: objectSize });
    noise.copy(file, file.length - objectSize + 512, 0, objectSize - 1024);
    noise.writeUInt32BE(instance, (instance * 16) % (objectSize - 16));
    await put(archive, file);
    if (instance === Math.ceil(objects / 2)) await put(archive, newestPlan(objects).file);
  }
}

async function put(archive: OpenArchive, file: Buffer): Promise<void> {
  const sink = archive.store(context, { form: "file" });
  await sink.write(file);
  const outcome = await sink.end();
  if (!outcome.ok) throw new Error(outcome.code);
}

/** Entries that become durable together. */
const lot = 1_000;

/**
 * Ten instances a study, each an entry and catalogue row of its own; the bytes are those of one stored object, so that so
 * many can be made in minutes. Then an attack: every fifth study is replaced, every tenth deleted.
 * @returns a moment before the attack, ms since 1970
 */
export async function fillWide(home: Home, instances: number): Promise<number> {
  await using wide = await openWide(home);
  const made = new MadeArchive(instances / 10, false);
  const objects = function* (version: number): Generator<StoredObject> {
    for (const { record } of made.entries())
      if (record.kind === "store") yield { ...record.object, ...wide.bytes, version };
  };
  for (const object of objects(1)) await wide.add({ kind: "store", event, object });
  await wide.flush();
  await new Promise((resolve) => setTimeout(resolve, 20));
  const before = systemClock();
  await new Promise((resolve) => setTimeout(resolve, 20));
  let index = 0;
  for (const object of objects(2)) {
    const study = Math.floor(index / 10);
    if (study % 5 === 1) await wide.add({ kind: "store", event, object });
    if (study % 10 === 3 && index % 10 === 0)
      await wide.add({ kind: "delete", event, target: { level: "study", studyUid: object.studyUid } });
    index++;
  }
  await wide.flush();
  return before;
}

/** So many more entries, ten instances a study, over the bytes of one object; a plan in every tenth study; and behind them one plan more. */
export async function widen(home: Home, instances: number): Promise<void> {
  {
    await using wide = await openWide(home);
    let index = 0;
    for (const { record } of new MadeArchive(instances / 10, false).entries()) {
      if (record.kind !== "store") continue;
      const plan = index++ % 100 === 0 ? { sopClassUid: planClass } : {};
      await wide.add({ kind: "store", event, object: { ...record.object, ...wide.bytes, ...plan } });
    }
    await wide.flush();
  }
  await using archive = await openArchive({ dataFolder: home.data, keyFile: home.keyFile });
  await put(archive, newestPlan(instances).file);
}

/** Adds records as they are, many at once. */
async function openWide(home: Home) {
  const bytes = await oneObject(home);
  const layout = layoutOf(home.data);
  const manifest = (await readManifest(layout.manifest))!;
  const { keyring } = await openKeyFile(home.keyFile, randomBytes);
  const stores = await openStores({
    ...{ layout, manifest, keyring, keyFile: home.keyFile },
    compression: { allows: () => false, spent() {} },
    random: randomBytes,
    now: systemClock,
  });
  let batch: JournalRecord[] = [];
  const flush = async (): Promise<void> => {
    const time = systemClock();
    const first = stores.journal.size;
    await stores.journal.append(batch.map((record) => ({ time, payload: Buffer.from(JSON.stringify(record)) })));
    for (const [index, record] of batch.entries()) stores.catalogue.apply({ seq: first + index, time, record });
    stores.catalogue.commit();
    batch = [];
  };
  return {
    bytes,
    flush,
    async add(record: JournalRecord): Promise<void> {
      if (batch.push(record) === lot) await flush();
    },
    [Symbol.asyncDispose]: () => stores.close(),
  };
}

/** Where the bytes lie that all instances have. */
async function oneObject({ data, keyFile }: Home) {
  {
    await using archive = await openArchive({ dataFolder: data, keyFile });
    await put(archive, makeObject({ study: 0, pixels: 16 * 1024 }).file);
  }
  await using archive = await openArchive({ dataFolder: data, keyFile });
  for await (const { record } of archive.journal())
    if (record.kind === "store") {
      const { location, data, key, digest, headerDigest, headerSize, dataSetSize, transferSyntaxUid } = record.object;
      const bytes = { location, digest, headerDigest, headerSize, dataSetSize, transferSyntaxUid };
      return { ...bytes, ...(data ? { data } : {}), ...(key === undefined ? {} : { key }) };
    }
  throw new Error("nothing was stored");
}
