/**
 * Every path by which something of the archive comes out. A probe is made with the credentials of one clinic and judged
 * as another's, so that giving it the wrong ones proves that it would notice.
 */

import { readReport, writeRequest } from "../../../src/archive/scp/commitment/data.ts";
import { DataSet, tagOf } from "../../../src/dicom/index.ts";
import {
  type Association,
  action,
  associate,
  find,
  get,
  move,
  sopClasses,
  storageCommitmentInstance,
} from "../../../src/dimse/index.ts";
import { asked, type Expected, type History, sharedObjects } from "./history.ts";
import { recordProbes } from "./records.ts";
import type { Clinic, Site } from "./site.ts";

export interface Seen {
  /** Everything that was told, as text. */
  text: string;
  /** Instances that were given or named. */
  instances?: Set<string>;
}

export interface Probe {
  name: string;
  see(site: Site, clinic: Clinic, history: History): Promise<Seen>;
  /** Instances that it must show, when it shows instances. */
  shows?: keyof Expected;
}

const ct = sharedObjects[0]!.sopClassUid;
const explicit = "1.2.840.10008.1.2.1";
const uidsIn = (text: string): Set<string> =>
  new Set(sharedObjects.map(({ sopInstanceUid }) => sopInstanceUid).filter((uid) => text.includes(`"${uid}"`)));

async function take(site: Site, clinic: Clinic, path: string): Promise<string> {
  const response = await asked(site, clinic, "physicist", "GET", path);
  return `${JSON.stringify([...response.headers])}\n${Buffer.from(await response.arrayBuffer()).toString("latin1")}`;
}

const qido = (name: string, shows: keyof Expected, query: (history: History) => string): Probe => ({
  name,
  shows,
  async see(site, clinic, history) {
    let text = await take(site, clinic, `/dicom-web/studies?includefield=all&${query(history)}`);
    text += await take(site, clinic, `/dicom-web/series?includefield=all&${query(history)}`);
    const instances = await take(site, clinic, `/dicom-web/instances?includefield=all&${query(history)}`);
    return { text: text + instances, instances: uidsIn(instances) };
  },
});

const wado = (name: string, shows: keyof Expected, suffix: (history: History) => string): Probe => ({
  name,
  shows,
  async see(site, clinic, history) {
    const [instances, texts] = [new Set<string>(), [] as string[]];
    for (const { studyUid, seriesUid, sopInstanceUid } of sharedObjects) {
      const path = `/dicom-web/studies/${studyUid}/series/${seriesUid}/instances/${sopInstanceUid}${suffix(history)}`;
      const response = await asked(site, clinic, "physicist", "GET", path);
      const bytes = Buffer.from(await response.arrayBuffer()).toString("latin1");
      if (response.ok) instances.add(sopInstanceUid);
      texts.push(bytes);
    }
    return { text: texts.join("\n"), instances };
  },
});

const identifier = (level: string, keys: Record<string, string> = {}): DataSet => {
  const set = new DataSet().set(tagOf("QueryRetrieveLevel"), "CS", level);
  for (const [keyword, value] of Object.entries(keys))
    set.set(tagOf(keyword), keyword.endsWith("UID") ? "UI" : "LO", value);
  return set;
};

interface Got {
  association: Association;
  objects: Map<string, Buffer>;
  reports: string[][];
  reported: Promise<void>;
}

/** An association of a clinic's peer that takes what is sent to it. */
async function open(site: Site, clinic: Clinic, calledAeTitle = "HOLDFAST"): Promise<Got> {
  const objects = new Map<string, Buffer>();
  const reports: string[][] = [];
  const reported = Promise.withResolvers<void>();
  const { studyRootFind, studyRootGet, studyRootMove, storageCommitment } = sopClasses;
  const association = await associate({
    host: "127.0.0.1",
    port: site.dicomPort,
    calledAeTitle,
    callingAeTitle: clinic.aeTitle,
    contexts: [studyRootFind, studyRootGet, studyRootMove, storageCommitment, ct].map((abstractSyntax) => ({
      abstractSyntax,
      transferSyntaxes: [explicit],
    })),
    roles: [{ sopClassUid: ct, scu: true, scp: true }],
    handlers: {
      store({ sopInstanceUid }) {
        const chunks: Buffer[] = [];
        return {
          write: (chunk) => void chunks.push(Buffer.from(chunk)),
          end: async () => {
            objects.set(sopInstanceUid, Buffer.concat(chunks));
            return { status: 0 };
          },
          abort: () => {},
        };
      },
      async eventReport({ information }) {
        reports.push(readReport(information)!.committed.map(({ sopInstanceUid }) => sopInstanceUid));
        reported.resolve();
        return { status: 0 };
      },
    },
  });
  return { association, objects, reports, reported: reported.promise };
}

const studies = [...new Set(sharedObjects.map(({ studyUid }) => studyUid))];
const textOf = (objects: Iterable<Buffer>): string => [...objects].map((bytes) => bytes.toString("latin1")).join("\n");

const cFind = (name: string, shows: keyof Expected, calledAeTitle?: string): Probe => ({
  name,
  shows,
  async see(site, clinic) {
    const { association } = await open(site, clinic, calledAeTitle);
    const texts: string[] = [];
    for (const { studyUid, seriesUid } of sharedObjects.filter((_, index) => index % 2 === 0)) {
      const keys = { StudyInstanceUID: studyUid, SeriesInstanceUID: seriesUid, SOPInstanceUID: "" };
      for (const wanted of [identifier("IMAGE", keys), identifier("STUDY", { PatientName: "*", PatientID: "" })])
        for await (const match of find(association, { sopClassUid: sopClasses.studyRootFind, identifier: wanted })) {
          const uid = match.string(tagOf("SOPInstanceUID"));
          texts.push(`"${uid}" ${match.string(tagOf("PatientName"))} ${match.string(tagOf("PatientID"))}`);
        }
    }
    await association.release();
    return { text: texts.join("\n"), instances: uidsIn(texts.join("\n")) };
  },
});

async function ended(progress: AsyncGenerator<unknown>): Promise<void> {
  for await (const _ of progress);
}

const cGet = (name: string, shows: keyof Expected, calledAeTitle?: string): Probe => ({
  name,
  shows,
  async see(site, clinic) {
    const { association, objects } = await open(site, clinic, calledAeTitle);
    for (const study of studies)
      await ended(
        get(association, {
          sopClassUid: sopClasses.studyRootGet,
          identifier: identifier("STUDY", { StudyInstanceUID: study }),
        }),
      );
    await association.release();
    return { text: textOf(objects.values()), instances: new Set(objects.keys()) };
  },
});

const cMove: Probe = {
  name: "C-MOVE, to every clinic's destination",
  shows: "now",
  async see(site, clinic, history) {
    const { association } = await open(site, clinic);
    const clinics = [...history.expected.keys()];
    for (const each of clinics) each.received.length = 0;
    for (const { aeTitle } of clinics)
      for (const study of studies) {
        const wanted = identifier("STUDY", { StudyInstanceUID: study });
        await ended(
          move(association, { sopClassUid: sopClasses.studyRootMove, identifier: wanted, destination: aeTitle }),
        );
      }
    await association.release();
    // Whatever arrived anywhere.
    const all = clinics.flatMap(({ received, mark }) => received.map((one) => ({ ...one, mark })));
    const own = all.filter(({ mark }) => mark === clinic.mark);
    return {
      text: textOf(all.map(({ bytes, mark }) => Buffer.concat([bytes, Buffer.from(`to ${mark}`)]))),
      instances: new Set(own.map(({ sopInstanceUid }) => sopInstanceUid)),
    };
  },
};

const commitment: Probe = {
  name: "storage commitment",
  shows: "now",
  async see(site, clinic) {
    const { association, reports, reported } = await open(site, clinic);
    const information = writeRequest({ transactionUid: "2.25.5", references: sharedObjects });
    const to = { sopClassUid: sopClasses.storageCommitment, sopInstanceUid: storageCommitmentInstance };
    await action(association, { ...to, actionTypeId: 1, information });
    await reported;
    await association.release();
    return { text: "", instances: new Set(reports.flat()) };
  },
};

/** Every route that reads, with what belongs to whichever clinic in the place of its parameters. */
const routes: Probe = {
  name: "every GET route of the API, with everybody's identifiers",
  async see(site, clinic, history) {
    const { paths } = (await (await fetch(`${site.url}/api/v1/openapi.json`)).json()) as { paths: object };
    const texts: string[] = [];
    const reads = Object.entries(paths).filter(([, methods]) => "get" in methods);
    for (const [path] of reads)
      for (const [owner, ids] of history.ids)
        for (const filled of fillings(path, ids))
          for (const role of ["physicist", "tenant-administrator", "service"] as const) {
            if (path.endsWith("/stream") || path.endsWith("/openapi.json")) continue;
            const response = await asked(site, clinic, role, "GET", filled + queryOf(path, owner));
            // What was asked for may be said back.
            texts.push((await response.text()).replaceAll(filled, ""));
          }
    return { text: texts.join("\n") };
  },
};

const queryOf = (path: string, { keys }: Clinic): string =>
  path.endsWith("/damage") ? `?principal=key:${keys.physicist}` : "";

function fillings(path: string, ids: Record<string, string>): string[] {
  const { studyUid, seriesUid, sopInstanceUid } = sharedObjects[0]!;
  const fixed: Record<string, string> = { study: studyUid, series: seriesUid, instance: sopInstanceUid, frames: "1" };
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!);
  const free = names.find((name) => !(name in fixed));
  const filled = path.replace(/\{(\w+)\}/g, (whole, name) => fixed[name] ?? whole);
  if (free === undefined) return [filled];
  return Object.values(ids).map((id) => filled.replace(/\{\w+\}/g, encodeURIComponent(id)));
}

const stream: Probe = {
  name: "the live stream, from its beginning",
  async see(site, clinic) {
    const stop = new AbortController();
    const headers = { authorization: `Bearer ${clinic.tokens["tenant-administrator"]}`, "last-event-id": "0" };
    const response = await fetch(`${site.url}/api/v1/stream`, { headers, signal: stop.signal });
    let text = "";
    // Each clinic has an alert and a containment: its own come, however late the others' would.
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      text += Buffer.from(chunk).toString();
      if (text.includes("event: alert") && text.includes("event: containment")) break;
    }
    stop.abort();
    return { text };
  },
};

const reads: Probe[] = [
  qido("QIDO", "now", () => ""),
  qido("QIDO as of then", "before", ({ moment }) => `as-of=${moment}`),
  wado("WADO instances", "now", () => ""),
  wado("WADO instances as of then", "before", ({ moment }) => `?as-of=${moment}`),
  wado("WADO metadata", "now", () => "/metadata"),
  wado("WADO frames", "now", () => "/frames/1"),
  wado("WADO rendered", "now", () => "/rendered"),
  wado("WADO rendered frames as of then", "before", ({ moment }) => `/frames/1/rendered?as-of=${moment}`),
  wado("WADO thumbnail", "now", () => "/thumbnail"),
  wado("WADO bulk data", "now", () => "/bulkdata/7FE00010"),
  wado("WADO bulk data of a small value", "now", () => "/bulkdata/00081030"),
  {
    name: "versions",
    shows: "ever",
    async see(site, clinic) {
      const instances = new Set<string>();
      for (const { studyUid, seriesUid, sopInstanceUid } of sharedObjects) {
        const path = `/api/v1/studies/${studyUid}/series/${seriesUid}/instances/${sopInstanceUid}/versions`;
        if ((await asked(site, clinic, "physicist", "GET", path)).ok) instances.add(sopInstanceUid);
      }
      return { text: "", instances };
    },
  },
  cFind("C-FIND", "now"),
  cFind("C-FIND of the view of the past", "before", "PAST"),
  cGet("C-GET", "now"),
  cGet("C-GET from the view of the past", "before", "PAST"),
  cMove,
  commitment,
  routes,
  stream,
  ...recordProbes,
];

export { reads as probes };

/** What a probe shows that it must not, or does not show that it must. */
export function violations(probe: Probe, seen: Seen, clinic: Clinic, history: History): string[] {
  const found: string[] = [];
  const text = seen.text.toLowerCase();
  for (const other of history.expected.keys())
    if (other !== clinic && text.includes(other.mark.toLowerCase()))
      found.push(`${probe.name} tells of another clinic`);
  if (probe.shows && seen.instances) {
    const wanted = history.expected.get(clinic)![probe.shows];
    if (seen.instances.symmetricDifference(wanted).size > 0)
      found.push(`${probe.name} shows ${seen.instances.size} instances of ${wanted.size}`);
  }
  return found;
}
