/** Everybody else: a modality that stores, viewers that ask and read over DICOMweb and DIMSE, a dashboard that polls. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeObject } from "../../test/support/made-object.ts";
import type { ServerProcess } from "../../test/support/server.ts";
import { curl, echoscu, findscu, getscu, type Ran, storescu, wado } from "./clients.ts";
import type { Prepared } from "./prepare.ts";
import { pixelBytes, type Scenario } from "./scenario.ts";
import { pause } from "./strike.ts";

export const phases = ["before", "during"] as const;
export type Phase = (typeof phases)[number];
export const kinds = ["store", "find", "get", "query", "read"] as const;
export type Kind = (typeof kinds)[number];

/** What the others did and how long it took, ms. */
export class Work {
  readonly took: Record<Phase, Record<Kind, number[]>> = { before: empty(), during: empty() };
  phase: Phase = "before";
  operations = 0;
  failed: string[] = [];

  note(kind: Kind, { ok, took }: Ran): void {
    this.operations++;
    this.took[this.phase][kind].push(took);
    if (!ok) this.failed.push(kind);
  }
}

const empty = (): Record<Kind, number[]> => ({ store: [], find: [], get: [], query: [], read: [] });

interface Place {
  base: Prepared;
  server: ServerProcess;
  folder: string;
}

/** Work until the signal; resolves when the last of it is done. */
export async function othersWork(place: Place, work: Work, stop: AbortSignal): Promise<void> {
  await Promise.all([modality, webViewer, dimseViewer, dashboard].map((one) => one(place, work, stop)));
}

/** New objects, one association each. */
async function modality({ server, folder }: Place, work: Work, stop: AbortSignal): Promise<void> {
  const file = join(folder, "new.dcm");
  for (let instance = 1; !stop.aborted; instance++) {
    writeFileSync(file, makeObject({ patient: "N1", study: 900, instance, pixels: pixelBytes }).file);
    work.note("store", await storescu("CT1", server.dicomPort, file));
    await pause(300);
  }
}

/** Looks at what was acquired today, as viewers do. */
const today = (base: Prepared, i: number): string => base.today[i % base.today.length]!.studyUid;

async function webViewer({ base, server, folder }: Place, work: Work, stop: AbortSignal): Promise<void> {
  for (let i = 0; !stop.aborted; i++) {
    const url = `${server.url}/dicom-web/studies`;
    const study = today(base, i);
    work.note("query", await curl(base.tokens.viewer, `${url}?StudyInstanceUID=${study}`, "/dev/null"));
    work.note("read", await wado(base.tokens.viewer, `${url}/${study}`, join(folder, "seen")));
    await pause(300);
  }
}

async function dimseViewer({ base, server, folder }: Place, work: Work, stop: AbortSignal): Promise<void> {
  for (let i = 0; !stop.aborted; i++) {
    const out = mkdtempSync(join(folder, "view-"));
    work.note("find", await findscu("VIEW1", server.dicomPort, today(base, i)));
    work.note("get", await getscu("VIEW1", server.dicomPort, today(base, i), out));
    rmSync(out, { recursive: true });
    await pause(300);
  }
}

/** Nobody has seen it before today; it asks from this machine, without a login. */
async function dashboard({ server }: Place, _: Work, stop: AbortSignal): Promise<void> {
  while (!stop.aborted) {
    for (const path of ["containments", "alerts", "behaviour"]) await fetch(`${server.url}/api/v1/${path}`);
    await pause(250);
  }
}

/**
 * The programs of the attacker at the attacker's pace, asking only whether the archive is there: so that what the attack
 * adds to others' latency is not what its programs take of the processors of this machine.
 */
export async function harmless({ server }: Place, { over, speed }: Scenario, stop: AbortSignal): Promise<void> {
  const one = async () => {
    while (!stop.aborted) {
      if (over === "dimse") await echoscu("VIEW1", server.dicomPort);
      else await curl(undefined, `${server.url}/healthz`, "/dev/null");
      await pause(speed.pause);
    }
  };
  await Promise.all(Array.from({ length: speed.at }, one));
}
