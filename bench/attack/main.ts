/**
 * `npm run bench:attack [-- --seeds N --first N --json]`: an attacker with valid credentials against a running archive,
 * with real clients, while a modality stores and a viewer reads. Needs storescu, getscu and curl.
 */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { openArchive } from "../../src/archive/index.ts";
import { type MadeObject, makeObject } from "../../test/support/made-object.ts";
import { type ServerProcess, startServer } from "../../test/support/server.ts";
import { curl, getscu, type Ran, storescu, stow } from "./clients.ts";
import { type Prepared, perStudy, prepare, studies } from "./prepare.ts";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "6" },
    first: { type: "string", default: "1" },
    json: { type: "boolean" },
  },
});
const scenarios = [
  { who: "vendor", what: "encrypt", over: "dimse" },
  { who: "vendor", what: "delete", over: "web" },
  { who: "physicist", what: "encrypt", over: "web" },
  { who: "vendor", what: "exfiltrate", over: "dimse" },
  { who: "physicist", what: "delete", over: "web" },
  { who: "vendor", what: "exfiltrate", over: "web" },
] as const;
/** ms between two acts. */
const paces = [0, 200, 1_000];

interface Outcome {
  seed: number;
  scenario: string;
  pace: number;
  /** Objects that are changed, hidden or taken when it is over. */
  touched: number;
  contained: boolean;
  /** Seconds from the first hostile act to the containment. */
  seconds?: number;
  othersFailed: number;
  others: number;
  before: number[];
  during: number[];
  wrong: number;
  /** Who was contained and is not the attacker. */
  whom: string[];
  unreadable: number;
  /** Events at alert level, and events, as the engine counts them over the whole journal. */
  remarks: number;
  events: number;
}

const root = mkdtempSync(join(tmpdir(), "holdfast-attack-"));
const policy = fileURLToPath(new URL("policy.json", import.meta.url));
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
try {
  const base = await prepare(root);
  await digest(base);
  const outcomes: Outcome[] = [];
  const first = Number(values.first);
  for (let seed = first; seed < first + Number(values.seeds); seed++) {
    const outcome = await attack(base, seed);
    outcomes.push(outcome);
    const { before, during, ...shown } = outcome;
    process.stderr.write(`${JSON.stringify(shown)}\n`);
  }
  report(outcomes);
} finally {
  rmSync(root, { recursive: true });
}

/** The engine reads the past once; each seed starts from its snapshot. */
async function digest(base: Prepared): Promise<void> {
  const server = await serve(base.data, base.keyFile);
  await caughtUp(server);
  await server.stop();
}

function serve(data: string, keyFile: string): Promise<ServerProcess> {
  const config = join(data, "..", "holdfast.json");
  writeFileSync(config, JSON.stringify({ response: { policy } }));
  return startServer(data, ["--key-file", keyFile, "--config", config]);
}

async function caughtUp(server: ServerProcess): Promise<void> {
  for (;;) {
    const { lag, running } = (await ask(server, "behaviour")) as { lag: number; running: boolean };
    if (running && lag === 0) return;
    await pause(50);
  }
}

async function ask(server: ServerProcess, path: string): Promise<unknown> {
  return (await fetch(`${server.url}/api/v1/${path}`)).json();
}

async function attack(base: Prepared, seed: number): Promise<Outcome> {
  const folder = mkdtempSync(join(root, "run-"));
  const data = join(folder, "data");
  cpSync(base.data, data, { recursive: true });
  const server = await serve(data, base.keyFile);
  try {
    await caughtUp(server);
    return await measured(base, seed, server, folder);
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true });
  }
}

async function measured(base: Prepared, seed: number, server: ServerProcess, folder: string): Promise<Outcome> {
  const scenario = scenarios[seed % scenarios.length]!;
  const pace = paces[Math.floor(seed / scenarios.length) % paces.length]!;
  const work = { before: [] as number[], during: [] as number[], failed: 0, phase: "before" as "before" | "during" };
  const stop = new AbortController();
  const others = [modality(server, folder, work, stop.signal), viewer(base, server, work, stop.signal)];
  await pause(4_000);
  work.phase = "during";
  const start = Date.now();
  const taken = await strike(base, seed, server, folder, scenario, pace);
  await pause(1_000);
  stop.abort();
  await Promise.all(others);
  const { containments } = (await ask(server, "containments")) as {
    containments: { since: number; target: { id: string } }[];
  };
  const { remarks, events } = (await ask(server, "behaviour")) as { remarks: number; events: number };
  const attacker = scenario.over === "dimse" ? "peer:VENDOR1" : base.ids[scenario.who];
  const mine = containments.filter(({ target }) => target.id === attacker);
  await server.stop();
  const state = await damage(base, join(folder, "data"), start);
  const contained = mine.length > 0;
  return {
    seed,
    scenario: `${scenario.who} ${scenario.what} ${scenario.over}`,
    pace,
    touched: scenario.what === "exfiltrate" ? taken : state.changed,
    contained,
    ...(contained ? { seconds: (Math.min(...mine.map(({ since }) => since)) - start) / 1000 } : {}),
    othersFailed: work.failed,
    others: work.before.length + work.during.length,
    before: work.before,
    during: work.during,
    wrong: containments.length - mine.length,
    whom: containments.filter((one) => !mine.includes(one)).map(({ target }) => target.id),
    unreadable: state.unreadable,
    remarks,
    events,
  };
}

interface Work {
  before: number[];
  during: number[];
  failed: number;
  phase: "before" | "during";
}

function note(work: Work, { ok, took }: Ran): void {
  work[work.phase].push(took);
  if (!ok) work.failed++;
}

/** New objects, one association each. */
async function modality(server: ServerProcess, folder: string, work: Work, stop: AbortSignal): Promise<void> {
  const file = join(folder, "new.dcm");
  for (let instance = 1; !stop.aborted; instance++) {
    writeFileSync(file, makeObject({ patient: "N1", study: 900, instance, pixels: 8192 }).file);
    note(work, await storescu("CT1", server.dicomPort, file));
    await pause(300);
  }
}

async function viewer(base: Prepared, server: ServerProcess, work: Work, stop: AbortSignal): Promise<void> {
  for (let i = 0; !stop.aborted; i++) {
    const { studyUid } = base.objects[(i * 7) % base.objects.length]!;
    const { ok, took } = await curl(
      base.tokens.viewer,
      `${server.url}/dicom-web/studies?StudyInstanceUID=${studyUid}`,
      "/dev/null",
    );
    note(work, { ok, took });
    await pause(400);
  }
}

/** Until everything is touched or the acts fail. @returns objects taken away */
async function strike(
  base: Prepared,
  seed: number,
  server: ServerProcess,
  folder: string,
  { who, what, over }: (typeof scenarios)[number],
  pace: number,
): Promise<number> {
  const loot = join(folder, "loot");
  mkdirSync(loot);
  const token = who === "vendor" ? base.tokens.vendor : base.tokens.physicist;
  const acts = what === "encrypt" ? base.objects.length : studies;
  let failures = 0;
  for (let i = 0; i < acts && failures < 3; i++) {
    const object = base.objects[what === "encrypt" ? (i * 13 + seed) % acts : ((i * 3 + seed) % studies) * perStudy]!;
    const at = `${server.url}/dicom-web/studies/${object.studyUid}`;
    const file = join(folder, "act");
    let ran: Ran;
    if (what === "delete") ran = await curl(token, at, "/dev/null", "-X", "DELETE");
    else if (what === "encrypt") {
      const bytes = encrypted(object, seed + i);
      writeFileSync(file, over === "dimse" ? bytes : bodyOf(bytes));
      ran = over === "dimse" ? await storescu("VENDOR1", server.dicomPort, file) : await stow(token, server.url, file);
    } else if (over === "dimse") ran = await getscu("VENDOR1", server.dicomPort, object.studyUid, loot);
    else {
      ran = await curl(
        token,
        at,
        join(loot, `${i}`),
        "-H",
        'Accept: multipart/related; type="application/dicom"; transfer-syntax=*',
      );
    }
    failures = ran.ok ? 0 : failures + 1;
    if (pace > 0) await pause(pace);
  }
  const files = readdirSync(loot).length;
  return what === "exfiltrate" ? files * (over === "dimse" ? 1 : perStudy) : 0;
}

/** The pixel data replaced by noise, under the same UIDs. */
function encrypted({ file }: MadeObject, seed: number): Buffer {
  const bytes = Buffer.from(file);
  let state = seed * 2_654_435_761 + 1;
  for (let i = bytes.length - 8192; i < bytes.length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

function bodyOf(file: Buffer): Buffer {
  const head = Buffer.from("\r\n--cut\r\nContent-Type: application/dicom\r\n\r\n");
  return Buffer.concat([head, file, Buffer.from("\r\n--cut--\r\n")]);
}

/** What a reader gets now, and as of the moment before the attack, against what was stored; once the server has stopped. */
async function damage(base: Prepared, data: string, before: number): Promise<{ changed: number; unreadable: number }> {
  await using archive = await openArchive({ dataFolder: data, keyFile: base.keyFile });
  const whole = async (target: { sopInstanceUid: string[]; at?: number }) => {
    const [ref] = await archive.resolve(target);
    if (!ref) return undefined;
    const chunks: Uint8Array[] = [];
    for await (const chunk of archive.open(ref).file()) chunks.push(chunk);
    return Buffer.concat(chunks);
  };
  let [changed, unreadable] = [0, 0];
  for (const { sopInstanceUid, file } of base.objects) {
    if (!(await whole({ sopInstanceUid: [sopInstanceUid] }))?.equals(file)) changed++;
    if (!(await whole({ sopInstanceUid: [sopInstanceUid], at: before }))?.equals(file)) unreadable++;
  }
  return { changed, unreadable };
}

function report(outcomes: Outcome[]): void {
  const at = (list: number[], share: number) =>
    list.sort((a, b) => a - b)[Math.min(list.length - 1, Math.floor(share * list.length))];
  const sum = (name: "othersFailed" | "others" | "wrong" | "unreadable") =>
    outcomes.reduce((total, one) => total + one[name], 0);
  const group = (list: Outcome[]) => ({
    runs: list.length,
    contained: list.filter(({ contained }) => contained).length,
    touched: {
      p50: at(
        list.map(({ touched }) => touched),
        0.5,
      ),
      p95: at(
        list.map(({ touched }) => touched),
        0.95,
      ),
    },
    seconds: {
      p50: at(
        list.flatMap(({ seconds }) => seconds ?? []),
        0.5,
      ),
      p95: at(
        list.flatMap(({ seconds }) => seconds ?? []),
        0.95,
      ),
    },
  });
  const latency = (phase: "before" | "during") => {
    const all = outcomes.flatMap((one) => one[phase]);
    return { p50: Math.round(at(all, 0.5) ?? 0), p99: Math.round(at(all, 0.99) ?? 0) };
  };
  const result = {
    objects: studies * perStudy,
    destructive: group(outcomes.filter(({ scenario }) => !scenario.includes("exfiltrate"))),
    exfiltration: group(outcomes.filter(({ scenario }) => scenario.includes("exfiltrate"))),
    others: {
      operations: sum("others"),
      failed: sum("othersFailed"),
      msBefore: latency("before"),
      msDuring: latency("during"),
    },
    wrongContainments: sum("wrong"),
    priorVersionsUnreadable: sum("unreadable"),
  };
  process.stdout.write(`${JSON.stringify(result, undefined, values.json ? undefined : 2)}\n`);
}
