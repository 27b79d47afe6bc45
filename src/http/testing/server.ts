import type { TestContext } from "node:test";
import pino from "pino";
import { openGate } from "../../gate/testing/index.ts";
import { createHttpServer, type HttpOptions } from "../index.ts";
import { MemoryArchive } from "./memory-archive.ts";

/** A server over an archive in memory, on a free port of the loopback; closed after the test. */
export async function startServer(context: TestContext, options: Partial<HttpOptions> = {}) {
  const archive = new MemoryArchive();
  const server = await createHttpServer({
    archive,
    gate: await openGate(archive, { strangers: "loopback" }),
    log: pino({ level: "warn", base: null }, { write() {} }),
    status: () => ({
      version: "0.0.0-test",
      startedAt: 0,
      dicom: { host: "127.0.0.1", port: 11112, aeTitle: "HOLDFAST", tls: false, peers: [] },
      http: { host: "127.0.0.1", port: 8080, tls: false },
    }),
    ...options,
  });
  const base = await server.listen({ host: "127.0.0.1", port: 0 });
  context.after(() => server.close());
  const web = `${base}/dicom-web`;
  const store = (...files: Uint8Array[]) => fetch(`${web}/studies`, multipart(files));
  return { archive, base, web, store, server };
}

/** A STOW request of several Part 10 files. */
export function multipart(files: Uint8Array[], type = "application/dicom"): RequestInit {
  const pieces = files.flatMap((file) => [Buffer.from(`\r\n--cut\r\nContent-Type: ${type}\r\n\r\n`), file]);
  return {
    method: "POST",
    headers: { "content-type": `multipart/related; type="${type}"; boundary=cut` },
    body: Buffer.concat([...pieces, Buffer.from("\r\n--cut--\r\n")]),
  };
}

/** The parts of a multipart response: header fields (raw) and bytes. */
export async function partsOf(response: Response): Promise<{ head: string; body: Buffer }[]> {
  const boundary = /boundary=([^;]+)/.exec(response.headers.get("content-type") ?? "")?.[1] ?? "";
  const bytes = Buffer.from(await response.arrayBuffer());
  const parts: { head: string; body: Buffer }[] = [];
  const delimiter = Buffer.from(`--${boundary}`);
  for (let at = bytes.indexOf(delimiter); at >= 0; ) {
    const next = bytes.indexOf(delimiter, at + delimiter.length);
    if (next < 0) break;
    const part = bytes.subarray(at + delimiter.length + 2, next - 2);
    const end = part.indexOf("\r\n\r\n");
    parts.push({ head: part.toString("latin1", 0, end), body: part.subarray(end + 4) });
    at = next;
  }
  return parts;
}
