/** Reads as of a past moment against the same reads of the present, over the wire, in turns, on one running server. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DataSet, explicitLittleEndian, tagOf, vrOf } from "../../src/dicom/index.ts";
import { type Association, associate, find, sopClasses } from "../../src/dimse/index.ts";
import { killServers, startServer } from "../../test/support/server.ts";
import { MadeArchive, patientOf } from "../catalogue/objects.ts";
import { fillWide, homeIn } from "./made.ts";
import { goal, inTurns, print, seconds } from "./measure.ts";

const viewTitle = "BEFORE";
const find_ = sopClasses.studyRootFind;

/** `keep`: a folder whose archive is made once and measured again at each run. */
export async function asOfBench(instances: number, turns: number, keep?: string): Promise<void> {
  const root = keep === undefined ? mkdtempSync(join(tmpdir(), "holdfast-as-of-")) : join(keep, String(instances));
  try {
    const home = homeIn(root);
    let before = 0;
    const made = await seconds(async () => {
      before = await madeOnce(root, () => fillWide(home, instances));
    });
    const asOf = new Date(before).toISOString();
    writeFileSync(
      join(root, "holdfast.config.json"),
      JSON.stringify({ views: [{ aeTitle: viewTitle, asOf }], behaviour: { live: false } }),
    );
    const server = await startServer(home.data, ["--key-file", home.keyFile]);
    print(`${instances} instances, a third of the studies attacked since (made in ${made.toFixed(0)} s)`);
    for (const [name, ask] of webReads(new MadeArchive(instances / 10, false), `${server.url}/dicom-web`))
      await compared(
        name,
        turns,
        (turn) => ask(turn, ""),
        (turn) => ask(turn, `as-of=${asOf}`),
      );
    const archive = new MadeArchive(instances / 10, false);
    await using now = await associated(server.dicomPort, "HOLDFAST");
    await using past = await associated(server.dicomPort, viewTitle);
    for (const [name, keys] of finds(archive))
      await compared(
        name,
        turns,
        (turn) => found(now.association, keys(turn)),
        (turn) => found(past.association, keys(turn)),
      );
    await server.stop();
  } finally {
    killServers();
    if (keep === undefined) rmSync(root, { recursive: true, force: true });
  }
}

/** What `make` returned, when it has been done in this folder. One that broke off is begun anew. */
async function madeOnce(root: string, make: () => Promise<number>): Promise<number> {
  const note = join(root, "before");
  if (existsSync(note)) return Number(readFileSync(note, "utf8"));
  rmSync(root, { recursive: true, force: true });
  mkdirSync(root, { recursive: true });
  const before = await make();
  writeFileSync(note, String(before));
  return before;
}

type Read = (turn: number) => Promise<unknown>;

async function compared(name: string, turns: number, present: Read, past: Read): Promise<void> {
  let [one, other] = [0, 0];
  await inTurns(
    3,
    () => present(one++),
    () => past(other++),
  ); // warm
  const [now, then] = (await inTurns(
    turns,
    () => present(one++),
    () => past(other++),
  )) as [number, number];
  print(
    `  ${name}: ${(now * 1000).toFixed(2)} ms now, ${(then * 1000).toFixed(2)} ms as of then: ratio ${goal(then / now, "most", 2)}`,
  );
}

/** Studies that are there in both worlds, scattered; every other one was replaced since. */
const studyOf = (archive: MadeArchive, turn: number): number => {
  const study = (turn * 7_919) % archive.studies;
  return study - (study % 10) + (turn % 2);
};

function webReads(archive: MadeArchive, base: string): [string, (turn: number, query: string) => Promise<void>][] {
  const get = async (path: string, query: string, accept = "application/dicom+json"): Promise<void> => {
    const url = `${base}/${path}${query === "" ? "" : `${path.includes("?") ? "&" : "?"}${query}`}`;
    const answer = await fetch(url, { headers: { accept } });
    await answer.arrayBuffer();
    if (answer.status !== 200) throw new Error(`${answer.status} ${path}`);
  };
  const study = (turn: number): string => archive.uid(1, studyOf(archive, turn));
  const series = (turn: number): string => `studies/${study(turn)}/series/${archive.uid(2, studyOf(archive, turn), 1)}`;
  const instance = (turn: number): string =>
    `${series(turn)}/instances/${archive.uid(3, studyOf(archive, turn), 1, 1)}`;
  const file = 'multipart/related; type="application/dicom"; transfer-syntax=*';
  return [
    ["QIDO study list (100)", (_, query) => get("studies?limit=100", query)],
    [
      "QIDO studies of a patient",
      (turn, query) => get(`studies?PatientID=PAT${patientOf(studyOf(archive, turn))}`, query),
    ],
    ["QIDO series of a study", (turn, query) => get(`studies/${study(turn)}/series`, query)],
    ["QIDO instances of a study", (turn, query) => get(`studies/${study(turn)}/instances`, query)],
    ["WADO metadata of an instance", (turn, query) => get(`${instance(turn)}/metadata`, query)],
    ["WADO an instance", (turn, query) => get(instance(turn), query, file)],
    ["WADO a study", (turn, query) => get(`studies/${study(turn)}`, query, file)],
  ];
}

type Keys = Record<string, string>;

function finds(archive: MadeArchive): [string, (turn: number) => Keys][] {
  const study = (turn: number): string => archive.uid(1, studyOf(archive, turn));
  return [
    [
      "C-FIND studies of a patient",
      (turn) => ({
        QueryRetrieveLevel: "STUDY",
        PatientID: `PAT${patientOf(studyOf(archive, turn))}`,
        StudyInstanceUID: "",
      }),
    ],
    [
      "C-FIND series of a study",
      (turn) => ({ QueryRetrieveLevel: "SERIES", StudyInstanceUID: study(turn), SeriesInstanceUID: "" }),
    ],
  ];
}

async function associated(port: number, calledAeTitle: string) {
  const association: Association = await associate({
    ...{ host: "127.0.0.1", port, calledAeTitle, callingAeTitle: "BENCH" },
    contexts: [{ abstractSyntax: find_, transferSyntaxes: [explicitLittleEndian] }],
  });
  return { association, [Symbol.asyncDispose]: () => association.release() };
}

async function found(association: Association, keys: Keys): Promise<void> {
  const identifier = new DataSet();
  for (const [keyword, value] of Object.entries(keys)) identifier.set(tagOf(keyword), vrOf(tagOf(keyword)), value);
  let matches = 0;
  for await (const _ of find(association, { sopClassUid: find_, identifier })) matches++;
  if (matches === 0) throw new Error("nothing was found");
}
