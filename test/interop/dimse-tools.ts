import { execFile, execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { programPath } from "../support/need.ts";

/** A folder of its own for one test, removed when disposed of. */
export function temporaryFolder(): Disposable & { path: string } {
  const path = mkdtempSync(join(tmpdir(), "holdfast-dimse-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

export interface ToolResult {
  code: number;
  /** Standard output and error together. */
  output: string;
}

/** Runs a program to its end. */
export function run(program: string, ...args: (string | number)[]): Promise<ToolResult> {
  return new Promise((resolve) => {
    const options = { maxBuffer: 1 << 26, timeout: 60_000 };
    execFile(programPath(program)!, args.map(String), options, (error, stdout, stderr) => {
      const code = typeof error?.code === "number" ? error.code : error ? 1 : 0;
      resolve({ code, output: stdout + stderr });
    });
  });
}

/** A port that nobody listens on just now. */
export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

export interface RunningTool extends AsyncDisposable {
  port: number;
  output(): string;
}

/** Starts a program that listens, and waits until it does; ended by its own process when disposed of. */
export async function start(program: string, port: number, ...args: (string | number)[]): Promise<RunningTool> {
  const child = spawn(programPath(program)!, args.map(String), { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  const collect = (chunk: Buffer): void => {
    output += chunk.toString("latin1");
  };
  child.stdout.on("data", collect);
  child.stderr.on("data", collect);
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  for (let tries = 0; !(await listens(port)); tries++) {
    if (child.exitCode !== null || tries > 200) throw new Error(`${program} does not listen: ${output}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return {
    port,
    output: () => output,
    async [Symbol.asyncDispose]() {
      child.kill();
      const force = setTimeout(() => child.kill("SIGKILL"), 3_000);
      await ended;
      clearTimeout(force);
    },
  };
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

/** DCMTK's archive, which may move to `destination` as HOLDFAST. */
export async function startDcmqrscp(folder: string, destination: number): Promise<RunningTool> {
  const [port, database] = [await freePort(), join(folder, "database")];
  mkdirSync(database, { recursive: true });
  const lines = [
    `NetworkTCPPort = ${port}`,
    "MaxPDUSize = 131072",
    "MaxAssociations = 16",
    "HostTable BEGIN",
    `us = (HOLDFAST, 127.0.0.1, ${destination})`,
    "HostTable END",
    "VendorTable BEGIN",
    "VendorTable END",
    "AETable BEGIN",
    `DCMQR ${database} RW (99, 1024mb) ANY`,
    "AETable END",
  ];
  const configuration = join(folder, "dcmqrscp.cfg");
  writeFileSync(configuration, `${lines.join("\n")}\n`);
  return start("dcmqrscp", port, "-c", configuration, "--allow-shutdown");
}

export interface Certificates {
  ca: string;
  serverKey: string;
  serverCertificate: string;
  clientKey: string;
  clientCertificate: string;
}

/** An authority with a server's and a client's certificate, PEM files. */
export function makeCertificates(folder: string): Certificates {
  const file = (name: string): string => join(folder, name);
  const openssl = (...args: string[]): void => void execFileSync("openssl", args, { stdio: "ignore" });
  const issue = (name: string): void => {
    const request = [
      "req",
      "-newkey",
      "rsa:2048",
      "-nodes",
      "-keyout",
      file(`${name}.key`),
      "-out",
      file(`${name}.csr`),
    ];
    openssl(...request, "-subj", `/O=Clinic/CN=${name}`);
    writeFileSync(file(`${name}.ext`), "subjectAltName=IP:127.0.0.1\n");
    const sign = [
      "x509",
      "-req",
      "-in",
      file(`${name}.csr`),
      "-CA",
      file("ca.pem"),
      "-CAkey",
      file("ca.key"),
      "-CAcreateserial",
    ];
    openssl(...sign, "-days", "1", "-extfile", file(`${name}.ext`), "-out", file(`${name}.pem`));
  };
  const root = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", file("ca.key"), "-out", file("ca.pem")];
  openssl(...root, "-days", "1", "-subj", "/O=Clinic/CN=Authority");
  issue("server");
  issue("client");
  return {
    ca: file("ca.pem"),
    serverKey: file("server.key"),
    serverCertificate: file("server.pem"),
    clientKey: file("client.key"),
    clientCertificate: file("client.pem"),
  };
}

export interface Orthanc extends RunningTool {
  /** A call of its REST API; answers with the JSON. */
  rest<T>(path: string, body?: unknown): Promise<T>;
  remove(path: string): Promise<void>;
}

/** Orthanc as ORTHANC, which knows the archive as the modality `holdfast`. */
export async function startOrthanc(folder: string, port: number, archivePort: number): Promise<Orthanc> {
  const http = await freePort();
  const configuration = join(folder, "orthanc.json");
  const storage = join(folder, "orthanc");
  mkdirSync(storage, { recursive: true });
  const settings = {
    DicomAet: "ORTHANC",
    DicomPort: port,
    HttpPort: http,
    RemoteAccessAllowed: false,
    AuthenticationEnabled: false,
    StorageDirectory: storage,
    IndexDirectory: storage,
    DicomModalities: { holdfast: ["HOLDFAST", "127.0.0.1", archivePort] },
  };
  writeFileSync(configuration, JSON.stringify(settings));
  const running = await start("Orthanc", port, configuration);
  return {
    ...running,
    async rest<T>(path: string, body?: unknown): Promise<T> {
      const init = body === undefined ? {} : { method: "POST", body: bodyOf(body) };
      const response = await fetch(`http://127.0.0.1:${http}${path}`, init);
      if (!response.ok) throw new Error(`Orthanc answers ${response.status} to ${path}: ${await response.text()}`);
      return (await response.json()) as T;
    },
    async remove(path) {
      await fetch(`http://127.0.0.1:${http}${path}`, { method: "DELETE" });
    },
  };
}

const bodyOf = (body: unknown): string | Uint8Array<ArrayBuffer> =>
  Buffer.isBuffer(body) ? new Uint8Array(body) : JSON.stringify(body);

/** Asks again until the answer will do. */
export async function eventually<T>(ask: () => Promise<T>, enough: (answer: T) => boolean): Promise<T> {
  for (let tries = 0; ; tries++) {
    const answer = await ask();
    if (enough(answer)) return answer;
    if (tries > 200) throw new Error(`it never came: ${JSON.stringify(answer)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
