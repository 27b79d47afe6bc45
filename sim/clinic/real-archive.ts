/** For tests: what a real archive writes into its journal when a set of generated objects passes through it. */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { openArchive } from "../../src/archive/index.ts";
import { createDimseService } from "../../src/archive/scp/index.ts";
import type { AccessEvent } from "../../src/core/index.ts";
import { DataSet, readDataSet, tagOf } from "../../src/dicom/index.ts";
import { associate, echo, find, get, sopClasses, store } from "../../src/dimse/index.ts";
import { createHttpServer } from "../../src/http/index.ts";
import { layoutOf, readJournal, readKeyring, readManifest } from "../../src/vault/index.ts";
import { temporaryFolder } from "../../test/interop/dimse-tools.ts";
import { openGate } from "../../test/support/gate.ts";
import type { GeneratedObject } from "../objects/index.ts";

export async function realEvents(objects: readonly GeneratedObject[]): Promise<AccessEvent[]> {
  using folder = temporaryFolder();
  const options = { dataFolder: join(folder.path, "data"), keyFile: join(folder.path, "key.json") };
  const archive = await openArchive(options);
  const service = createDimseService(archive, { aeTitle: "HOLDFAST", listeners: [{ host: "127.0.0.1", port: 0 }] });
  const server = await createHttpServer({
    gate: await openGate(archive, { strangers: "loopback" }),
    archive,
    log: { error() {}, warn() {} },
    status: () => ({
      version: "0",
      startedAt: 0,
      dicom: { host: "127.0.0.1", port: 11112, aeTitle: "HOLDFAST", tls: false, peers: [] },
      http: { host: "127.0.0.1", port: 8080, tls: false },
    }),
  });
  const [listening] = await service.listen();
  await overDimse(listening!.port, objects);
  const web = `${await server.listen({ host: "127.0.0.1", port: 0 })}/dicom-web`;
  const study = uidOf(objects[0]!, "StudyInstanceUID");
  const series = `/studies/${study}/series/${uidOf(objects[0]!, "SeriesInstanceUID")}`;
  const picture = `${series}/instances/${objects[0]!.sopInstanceUid}/rendered`;
  const paths = [
    `/studies?StudyInstanceUID=${study}`,
    `/studies/${study}`,
    `/studies/${study}/metadata`,
    series,
    picture,
  ];
  for (const path of paths) await (await fetch(`${web}${path}`)).arrayBuffer();
  await fetch(`${web}/studies/${study}`, { method: "DELETE" });
  await server.close();
  await service.close(500);
  await archive.close();
  return await journalled(options);
}

async function overDimse(port: number, objects: readonly GeneratedObject[]): Promise<void> {
  const storage = [...new Set(objects.map(({ sopClassUid }) => sopClassUid))];
  const services = [sopClasses.verification, sopClasses.studyRootFind, sopClasses.studyRootGet];
  const association = await associate({
    host: "127.0.0.1",
    port,
    calledAeTitle: "HOLDFAST",
    callingAeTitle: "CT1",
    handlers: { store: () => ({ write: () => undefined, end: async () => ({ status: 0 }), abort: () => {} }) },
    contexts: [...services, ...storage].map((abstractSyntax) => ({
      abstractSyntax,
      transferSyntaxes: [objects[0]!.transferSyntaxUid],
    })),
    roles: storage.map((sopClassUid) => ({ sopClassUid, scu: true, scp: true })),
  });
  await echo(association);
  for (const { sopClassUid, sopInstanceUid, transferSyntaxUid, bytes, dataSetOffset } of objects) {
    const dataSet = bytes.subarray(dataSetOffset);
    await store(association, {
      sopClassUid,
      sopInstanceUid,
      transferSyntaxUid,
      size: dataSet.length,
      async *dataSet() {
        yield dataSet;
      },
    });
  }
  const identifier = new DataSet()
    .set(tagOf("QueryRetrieveLevel"), "CS", "STUDY")
    .set(tagOf("StudyInstanceUID"), "UI", uidOf(objects[0]!, "StudyInstanceUID"));
  for await (const _ of find(association, { sopClassUid: sopClasses.studyRootFind, identifier }));
  for await (const _ of get(association, { sopClassUid: sopClasses.studyRootGet, identifier }));
  await association.release();
}

function uidOf({ bytes, dataSetOffset, transferSyntaxUid }: GeneratedObject, keyword: string): string {
  return readDataSet(bytes.subarray(dataSetOffset), transferSyntaxUid).string(tagOf(keyword))!;
}

async function journalled(options: { dataFolder: string; keyFile: string }): Promise<AccessEvent[]> {
  const layout = layoutOf(options.dataFolder);
  const manifest = (await readManifest(layout.manifest))!;
  const keyring = await readKeyring(options.keyFile, manifest, randomBytes);
  const events: AccessEvent[] = [];
  for await (const run of readJournal(layout.journal, manifest.archive, keyring)) {
    for (const { payload } of run) {
      const record = JSON.parse(payload.toString()) as { event?: AccessEvent };
      if (record.event) events.push(record.event);
    }
  }
  return events;
}
