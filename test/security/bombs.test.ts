/** Little that becomes much: packed bodies, objects and logs, and multipart bodies without end, against a running server. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, test } from "node:test";
import { createGzip, deflateRawSync, gzipSync } from "node:zlib";
import { makeFileHeader } from "../../src/dicom/index.ts";
import { startServer as startHttp } from "../../src/http/testing/server.ts";
import { makeObject } from "../support/made-object.ts";
import { killServers, mainFile, type ServerProcess, startServer } from "../support/server.ts";
import { answerTo, endless, peakMemory } from "./raw.ts";

const root = mkdtempSync(join(tmpdir(), "holdfast-bombs-"));
after(() => rmSync(root, { recursive: true }));
afterEach(killServers);

const mib = 1024 * 1024;
const type = 'multipart/related; type="application/dicom"; boundary=cut';
const memoryOf = (server: ServerProcess): number =>
  peakMemory(readFileSync(`/proc/${server.process.pid}/status`, "utf8"));
const ownMemory = (): number => peakMemory(readFileSync("/proc/self/status", "utf8"));
const isAlive = async ({ url }: ServerProcess): Promise<boolean> => (await fetch(`${url}/readyz`)).ok;

/** What STOW says to one Part 10 file. */
const stow = ({ url }: ServerProcess, file: Uint8Array, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${url}/dicom-web/studies`, {
    method: "POST",
    headers: { "content-type": type, ...headers },
    body: Buffer.concat([
      Buffer.from("--cut\r\nContent-Type: application/dicom\r\n\r\n"),
      file,
      Buffer.from("\r\n--cut--\r\n"),
    ]),
  });

test("a packed request body is refused, not unpacked, on every route", async () => {
  const server = await startServer(join(root, "packed"));
  const before = memoryOf(server);
  const bomb = gzipSync(Buffer.alloc(512 * mib));
  for (const path of ["/dicom-web/studies", "/api/v1/session", "/api/v1/users"])
    for (const encoding of ["gzip", "deflate", "br", "gzip, gzip"]) {
      const headers = { "content-type": "application/json", "content-encoding": encoding };
      const answer = await fetch(server.url + path, { method: "POST", headers, body: bomb });
      assert.equal(answer.status, 415, `${path} ${encoding}`);
    }
  assert.ok(memoryOf(server) - before < 128 * mib);
  assert.ok(await isAlive(server));
});

test("multipart: headers, preambles and parts without end are given up, and memory does not grow", async (t) => {
  const { base, archive } = await startHttp(t, { limits: { bodyBytes: 64 * mib, parts: 1000 } });
  const before = ownMemory();
  const head = `POST /dicom-web/studies HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${type}\r\nTransfer-Encoding: chunked\r\n\r\n`;
  const chunked = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`;
  const filler = "x".repeat(64 * 1024);
  const bombs: Record<string, { start: string; again: string }> = {
    "a header field without end": { start: "--cut\r\nX: ", again: filler },
    "header fields without end": { start: "--cut\r\n", again: "X: y\r\n".repeat(1000) },
    "a preamble without end": { start: "", again: filler },
    "parts without end": { start: "", again: "--cut\r\nContent-Type: text/plain\r\n\r\n\r\n".repeat(1000) },
    "padding of a boundary without end": { start: "--cut", again: " ".repeat(64 * 1024) },
  };
  for (const [name, { start, again }] of Object.entries(bombs)) {
    const bytes = (function* () {
      yield head;
      if (start !== "") yield chunked(start);
      yield* endless(chunked(again));
    })();
    const { said, sent } = await answerTo(Number(new URL(base).port), bytes, /\r\n\r\n/);
    assert.match(said, /^HTTP\/1\.1 4(?:00|13) /, name);
    assert.ok(sent < 256 * mib, `${name}: ${sent} bytes were taken`);
  }
  assert.ok(ownMemory() - before < 192 * mib, `${(ownMemory() - before) / mib} MiB`);
  assert.equal((await fetch(`${base}/readyz`)).status, 200);
  assert.ok(archive.events.every(({ operation, status }) => operation !== "STOW-RS" || status !== "success"));
});

test("a deflated object that inflates without measure is refused, and what is stored is not unpacked beyond limits", async () => {
  const server = await startServer(join(root, "deflated"));
  const before = memoryOf(server);
  const object = makeObject({ pixels: 0 });
  // Deflated Explicit VR Little Endian, PS3.5 A.5; a private element of a GiB of zeros.
  const element = Buffer.from("110001104f42000000000040", "hex");
  const data = [object.dataSet, element, ...Array.from({ length: 64 }, () => Buffer.alloc(16 * mib))];
  const chunks: Buffer[] = [];
  const packer = createGzip({ level: 9 });
  packer.on("data", (chunk: Buffer) => chunks.push(chunk));
  for (const piece of data) if (!packer.write(piece)) await once(packer, "drain");
  packer.end();
  await once(packer, "end");
  // The raw stream lies between the header of ten bytes and the trailer of eight (RFC 1952).
  const deflated = Buffer.concat(chunks).subarray(10, -8);
  const { sopClassUid, sopInstanceUid } = object;
  const header = makeFileHeader({ sopClassUid, sopInstanceUid, transferSyntaxUid: "1.2.840.10008.1.2.1.99" });
  const answer = await stow(server, Buffer.concat([header, deflated]));
  const path = `/dicom-web/studies/${object.studyUid}/series/${object.seriesUid}/instances/${sopInstanceUid}`;
  if (answer.status === 200)
    for (const suffix of ["/metadata", "/bulkdata/00110010", "/rendered"])
      assert.ok((await fetch(server.url + path + suffix)).status >= 400, suffix);
  else assert.ok([409, 413].includes(answer.status));
  assert.ok(memoryOf(server) - before < 384 * mib, `${(memoryOf(server) - before) / mib} MiB`);
  assert.ok(await isAlive(server));
  const sound = deflateRawSync(object.dataSet);
  assert.equal((await stow(server, Buffer.concat([header, sound]))).status, 200, "a sound one is stored");
});

test("analyze: packed logs that inflate without measure are read in bounded memory", async () => {
  const big = Buffer.alloc(16 * mib, "[");
  const bombs: Record<string, { format: string; piece: Buffer }> = {
    "one line without end": { format: "events", piece: Buffer.alloc(16 * mib, "a") },
    "one JSON value without end": { format: "cloudtrail", piece: big },
    "one message without end": { format: "atna", piece: Buffer.from("<AuditMessage ".padEnd(16 * mib, "x")) },
    "a line of edges without end": { format: "edges", piece: Buffer.alloc(16 * mib, "7") },
  };
  for (const [name, { format, piece }] of Object.entries(bombs)) {
    const path = join(root, `${format}.gz`);
    // RFC 1952 2.2: members one after the other are one file.
    const member = gzipSync(piece);
    writeFileSync(path, Buffer.concat(Array.from({ length: 40 }, () => member)));
    const words = [mainFile, "analyze", "--format", format, "--scores", join(root, "scores.jsonl"), path];
    const child = spawn(process.execPath, words, { cwd: root, stdio: "ignore" });
    let peak = 0;
    const watch = setInterval(() => {
      try {
        peak = Math.max(peak, peakMemory(readFileSync(`/proc/${child.pid}/status`, "utf8")) || 0);
      } catch {}
    }, 20);
    const [code] = await once(child, "exit");
    clearInterval(watch);
    assert.ok([0, 1, 2, 3].includes(code), `${name}: ${code}`);
    assert.ok(peak > 0 && peak < 450 * mib, `${name}: ${peak / mib} MiB`);
  }
});
