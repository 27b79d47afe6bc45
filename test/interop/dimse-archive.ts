import { join } from "node:path";
import { type Archive, openArchive } from "../../src/archive/index.ts";
import { createDimseService, type DimseService, type DimseServiceConfig } from "../../src/archive/scp/index.ts";
import type { AccessEvent } from "../../src/core/index.ts";
import { type Association, associate, type RetrievedItem, sopClasses, store } from "../../src/dimse/index.ts";
import type { MadeObject } from "../support/made-object.ts";
import { temporaryFolder } from "./dimse-tools.ts";

export interface RunningArchive extends AsyncDisposable {
  archive: Archive;
  service: DimseService;
  port: number;
  /** What the DICOM side recorded itself; stores and queries record theirs inside the archive. */
  events: AccessEvent[];
}

/** A real archive with its DICOM side on a free port, AE title HOLDFAST. */
export async function startArchive(
  config: Partial<DimseServiceConfig> | ((archive: Archive) => Promise<Partial<DimseServiceConfig>>) = {},
): Promise<RunningArchive> {
  const folder = temporaryFolder();
  const archive = await openArchive({ dataFolder: join(folder.path, "data"), keyFile: join(folder.path, "key.json") });
  const events: AccessEvent[] = [];
  const service = createDimseService(watched(archive, events), {
    aeTitle: "HOLDFAST",
    listeners: [{ host: "127.0.0.1", port: 0 }],
    ...(typeof config === "function" ? await config(archive) : config),
  });
  const [listening] = await service.listen();
  return {
    archive,
    service,
    port: listening!.port,
    events,
    async [Symbol.asyncDispose]() {
      await service.close(500);
      await archive.close();
      folder[Symbol.dispose]();
    },
  };
}

/** The archive itself, its `record` overheard. */
function watched(archive: Archive, events: AccessEvent[]): Archive {
  return new Proxy(archive, {
    get(target, key) {
      if (key === "record") {
        return (event: AccessEvent): void => {
          events.push(event);
          target.record(event);
        };
      }
      const value: unknown = Reflect.get(target, key);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

const queryClasses = [
  sopClasses.verification,
  sopClasses.studyRootFind,
  sopClasses.studyRootMove,
  sopClasses.studyRootGet,
  sopClasses.patientRootFind,
  sopClasses.storageCommitment,
];

/** An association as PEER that can store the given objects and ask anything. */
export function connect(
  port: number,
  objects: readonly MadeObject[] = [],
  transferSyntax = "1.2.840.10008.1.2.1",
  callingAeTitle = "PEER",
): Promise<Association> {
  const classes = [...new Set([...queryClasses, ...objects.map((object) => object.sopClassUid)])];
  return associate({
    host: "127.0.0.1",
    port,
    calledAeTitle: "HOLDFAST",
    callingAeTitle,
    contexts: classes.map((abstractSyntax) => ({ abstractSyntax, transferSyntaxes: [transferSyntax] })),
  });
}

export async function send(
  association: Association,
  object: MadeObject,
  transferSyntaxUid = "1.2.840.10008.1.2.1",
): Promise<number> {
  const { sopClassUid, sopInstanceUid, dataSet } = object;
  const item: RetrievedItem = {
    sopClassUid,
    sopInstanceUid,
    transferSyntaxUid,
    size: dataSet.length,
    async *dataSet() {
      yield dataSet;
    },
  };
  return (await store(association, item)).status;
}

/** Stores objects over an association of their own. */
export async function fill(port: number, objects: readonly MadeObject[]): Promise<void> {
  const association = await connect(port, objects);
  for (const object of objects) {
    const status = await send(association, object);
    if (status !== 0) throw new Error(`C-STORE gave ${status.toString(16)}`);
  }
  await association.release();
}
