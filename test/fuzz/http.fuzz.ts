/**
 * Throws malformed requests at the HTTP side and checks that it survives, answers each one in time with an HTTP status,
 * and never with 500:
 *
 *     node test/fuzz/http.fuzz.ts --seconds 60 --seed 1
 */
import { connect } from "node:net";
import { parseArgs } from "node:util";
import { createHttpServer } from "../../src/http/index.ts";
import { MemoryArchive } from "../../src/http/testing/memory-archive.ts";
import { makeObject } from "../../src/http/testing/objects.ts";
import { openGate } from "../support/gate.ts";
import { testLog } from "../support/log.ts";

/** A small reproducible generator (mulberry32). */
export function generator(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

const instance = "/studies/1.2.3/series/1.2.3.1/instances/1.2.3.1.1";
const paths = [
  "/studies",
  "/series",
  "/instances?limit=2&offset=1",
  "/studies/1.2.3",
  "/studies/1.2.3/metadata",
  instance,
  `${instance}/metadata`,
  `${instance}/frames/1`,
  `${instance}/frames/1,2,3`,
  `${instance}/bulkdata/7FE00010`,
  `${instance}/rendered?window=40,400,linear&viewport=10,10,0,0,4,4&quality=50`,
  `${instance}/thumbnail`,
  "/studies?PatientName=M*&00080020=20260101-&includefield=all&fuzzymatching=true&as-of=2030-01-01T00:00:00Z",
  "/studies?RequestAttributesSequence.ScheduledProcedureStepID=1",
];
const accepts = [
  "*/*",
  'multipart/related; type="application/dicom"; transfer-syntax=*',
  "application/dicom",
  "application/dicom+json;q=0.1, image/png",
  'multipart/related; type="application/octet-stream"',
];

export interface FuzzReport {
  seed: number;
  requests: number;
  statuses: Record<string, number>;
  /** Requests that were answered with 500, not at all, or not in time; must be empty. */
  failures: string[];
}

/** Runs for `seconds`, or until `requests` have been sent. */
export async function fuzzHttp(
  seed: number,
  seconds: number,
  requests = Number.POSITIVE_INFINITY,
): Promise<FuzzReport> {
  const random = generator(seed);
  const archive = new MemoryArchive();
  const server = await createHttpServer({
    gate: await openGate(archive, { strangers: "loopback" }),
    archive,
    log: testLog,
    status: () => ({ version: "fuzz", startedAt: 0 }),
    limits: { headersTimeout: 2000, idleTimeout: 2000, bodyBytes: 1024 * 1024 },
  });
  const port = Number(new URL(await server.listen({ host: "127.0.0.1", port: 0 })).port);
  const report: FuzzReport = { seed, requests: 0, statuses: {}, failures: [] };
  const until = performance.now() + seconds * 1000;
  await exchange(port, stow([makeObject()], random));
  while (performance.now() < until && report.requests < requests && report.failures.length < 10) {
    const bytes = request(random);
    const answer = await exchange(port, bytes);
    const status = /^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? answer;
    report.requests++;
    report.statuses[status] = (report.statuses[status] ?? 0) + 1;
    if (status === "500" || status === "silent") report.failures.push(`${status}: ${bytes.toString("base64")}`);
    if (archive.objects.length > 200) archive.objects.length = 1;
    for (const object of archive.objects) object.deleted = false;
    archive.events.length = 0;
  }
  const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  if (!metrics.includes("holdfast_http_requests_in_progress 1\n")) report.failures.push("requests are left open");
  const alive = await fetch(`http://127.0.0.1:${port}/healthz`);
  if (!alive.ok) report.failures.push("not alive afterwards");
  await server.close();
  return report;
}

type Random = ReturnType<typeof generator>;

function request(random: Random): Buffer {
  const pick = <T>(list: readonly T[]): T => list[random(list.length)]!;
  const valid =
    random(3) === 0
      ? stow([makeObject(), mutated(makeObject(), random)], random)
      : get(pick(paths), pick(accepts), random);
  return random(4) === 0 ? valid : disturbed(valid, random);
}

function get(path: string, accept: string, random: Random): Buffer {
  const method = ["GET", "GET", "GET", "HEAD", "DELETE"][random(5)];
  const range = random(4) === 0 ? `Range: bytes=${random(50)}-${random(100)}\r\n` : "";
  return Buffer.from(
    `${method} /dicom-web${path} HTTP/1.1\r\nHost: localhost\r\nAccept: ${accept}\r\n${range}Connection: close\r\n\r\n`,
  );
}

function stow(files: Buffer[], random: Random): Buffer {
  const parts = files.flatMap((file) => [Buffer.from("\r\n--b\r\nContent-Type: application/dicom\r\n\r\n"), file]);
  const body = Buffer.concat([...parts, Buffer.from("\r\n--b--\r\n")]);
  const length = random(20) === 0 ? random(10_000) : body.length;
  const head = `POST /dicom-web/studies HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: ${length}\r\n`;
  return Buffer.concat([
    Buffer.from(`${head}Content-Type: multipart/related; type="application/dicom"; boundary=b\r\n\r\n`),
    body,
  ]);
}

/** Mostly the body is changed, now and then anything: changed heads seldom get past the HTTP parser. */
function disturbed(bytes: Buffer, random: Random): Buffer {
  const head = bytes.indexOf("\r\n\r\n") + 4;
  if (random(3) === 0 || head === bytes.length) return mutated(bytes, random);
  return Buffer.concat([bytes.subarray(0, head), mutated(bytes.subarray(head), random)]);
}

/** A few bytes changed, cut out, doubled or put in. */
export function mutated(bytes: Buffer, random: Random): Buffer {
  let out = Buffer.from(bytes);
  for (let n = random(4); n >= 0; n--) {
    const at = random(out.length);
    const length = random(20);
    const rest = out.subarray(Math.min(out.length, at + length));
    switch (random(5)) {
      case 0:
        out[at] = random(256);
        break;
      case 1:
        out = Buffer.concat([out.subarray(0, at), rest]);
        break;
      case 2:
        out = Buffer.concat([out.subarray(0, at), out.subarray(at, at + length), out.subarray(at)]);
        break;
      case 3:
        out = Buffer.concat([
          out.subarray(0, at),
          Buffer.from(["--b", "\r\n", "%00", ";", ",", "\\", '"'][random(7)]!),
          rest,
        ]);
        break;
      default:
        out = Buffer.concat([out.subarray(0, at), Buffer.alloc(length, random(256)), out.subarray(at)]);
    }
    if (out.length === 0) return Buffer.from("\r\n");
  }
  return out;
}

/** Sends the bytes in two pieces and half-closes; gives the answer, `closed` without one, `silent` after five seconds. */
function exchange(port: number, bytes: Buffer): Promise<string> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    const timer = setTimeout(() => finish("silent"), 5000);
    const finish = (answer: string) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answer);
    };
    socket.on("data", (chunk) => chunks.push(chunk));
    socket.on("end", () => finish(Buffer.concat(chunks).toString("latin1") || "closed"));
    socket.on("error", () => finish(Buffer.concat(chunks).toString("latin1") || "closed"));
    const half = bytes.length >> 1;
    socket.write(bytes.subarray(0, half));
    socket.end(bytes.subarray(half));
  });
}

if (import.meta.main) {
  const options = {
    seconds: { type: "string", default: "60" },
    seed: { type: "string", default: String(Date.now() % 2 ** 31) },
  } as const;
  const { values } = parseArgs({ options });
  process.stdout.write(`seed ${values.seed}\n`);
  const report = await fuzzHttp(Number(values.seed), Number(values.seconds));
  process.stdout.write(`${JSON.stringify(report, undefined, 2)}\n`);
  process.exitCode = report.failures.length > 0 ? 1 : 0;
}
