/** The archives that are compared: each started fresh in a folder of its own, on loopback. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort, installed, Service } from "./process.ts";

export interface RunningPeer {
  name: string;
  /** Where C-MOVE to BENCHSINK goes. */
  sinkPort: number;
  aeTitle: string;
  dicomPort: number;
  httpPort?: number;
  service: Service;
}

/** DCMTK, and Orthanc with it, waits for delayed acknowledgements unless TCP_NODELAY=1 is set: `-nodelay` sets it. */
export type PeerName = "holdfast" | `${"orthanc-durable" | "orthanc" | "dcmqrscp" | "storescp"}${"" | "-nodelay"}`;
type Program = "holdfast" | "orthanc-durable" | "orthanc" | "dcmqrscp" | "storescp";

const starters: Record<Program, (folder: string, environment: NodeJS.ProcessEnv) => Promise<RunningPeer | undefined>> =
  {
    holdfast,
    "orthanc-durable": (folder, environment) => orthanc(folder, environment, true),
    orthanc: (folder, environment) => orthanc(folder, environment, false),
    dcmqrscp,
    storescp,
  };

/** Undefined where the program is not installed. */
export async function startPeer(name: PeerName, folder: string): Promise<RunningPeer | undefined> {
  mkdirSync(folder, { recursive: true });
  const program = name.replace(/-nodelay$/, "") as Program;
  const environment = name === program ? {} : { TCP_NODELAY: "1" };
  const peer = await starters[program](folder, { ...process.env, ...environment });
  return peer && { ...peer, name };
}

async function holdfast(folder: string, environment: NodeJS.ProcessEnv): Promise<RunningPeer> {
  const sinkPort = await freePort();
  const config = join(folder, "holdfast.config.json");
  const key = join(folder, "key.json");
  writeFileSync(
    config,
    JSON.stringify({ keyFile: key, peers: [{ aeTitle: "BENCHSINK", host: "127.0.0.1", port: sinkPort }] }),
  );
  const [dicomPort, httpPort] = [await freePort(), await freePort()];
  const main = fileURLToPath(new URL("../../bin/holdfast.js", import.meta.url));
  const parameters = [
    main,
    "serve",
    "--config",
    config,
    "--data",
    join(folder, "data"),
    "--dicom-port",
    `${dicomPort}`,
    "--http-port",
    `${httpPort}`,
  ];
  const profile = process.env["BENCH_PROFILE"] ? ["--cpu-prof", "--cpu-prof-dir", process.env["BENCH_PROFILE"]] : [];
  const service = new Service(
    process.execPath,
    ["--max-semi-space-size=4", ...profile, ...parameters, "--host", "127.0.0.1"],
    folder,
    environment,
  );
  await service.listening(dicomPort);
  await service.listening(httpPort);
  return { name: "holdfast", aeTitle: "HOLDFAST", sinkPort, dicomPort, httpPort, service };
}

async function orthanc(
  folder: string,
  environment: NodeJS.ProcessEnv,
  durable: boolean,
): Promise<RunningPeer | undefined> {
  const program = installed("Orthanc");
  if (!program) return undefined;
  const [dicomPort, httpPort] = [await freePort(), await freePort()];
  const sinkPort = await freePort();
  const configuration = {
    DicomModalities: { sink: ["BENCHSINK", "127.0.0.1", sinkPort] },
    Name: "BENCH",
    StorageDirectory: join(folder, "store"),
    IndexDirectory: join(folder, "store"),
    HttpPort: httpPort,
    DicomPort: dicomPort,
    RemoteAccessAllowed: false,
    AuthenticationEnabled: false,
    SyncStorageArea: durable,
    Plugins: ["/usr/share/orthanc/plugins/libOrthancDicomWeb.so"],
    DicomWeb: { Enable: true, Root: "/dicom-web/" },
  };
  const file = join(folder, "orthanc.json");
  writeFileSync(file, JSON.stringify(configuration));
  const service = new Service(program, [file], folder, environment);
  await service.listening(dicomPort);
  await service.listening(httpPort);
  return { name: durable ? "orthanc-durable" : "orthanc", aeTitle: "ORTHANC", sinkPort, dicomPort, httpPort, service };
}

async function dcmqrscp(folder: string, environment: NodeJS.ProcessEnv): Promise<RunningPeer | undefined> {
  const program = installed("dcmqrscp");
  if (!program) return undefined;
  const [dicomPort, sinkPort] = [await freePort(), await freePort()];
  const store = join(folder, "store");
  mkdirSync(store, { recursive: true });
  const file = join(folder, "dcmqrscp.cfg");
  writeFileSync(
    file,
    `NetworkTCPPort = ${dicomPort}\nMaxPDUSize = 131072\nMaxAssociations = 16\nHostTable BEGIN\nsink = (BENCHSINK, 127.0.0.1, ${sinkPort})\nHostTable END\nVendorTable BEGIN\nVendorTable END\nAETable BEGIN\nQRSCP ${store} RW (100000, 10240mb) ANY\nAETable END\n`,
  );
  const service = new Service(program, ["-c", file], folder, environment);
  await service.listening(dicomPort);
  return { name: "dcmqrscp", aeTitle: "QRSCP", sinkPort, dicomPort, service };
}

async function storescp(folder: string, environment: NodeJS.ProcessEnv): Promise<RunningPeer | undefined> {
  const program = installed("storescp");
  if (!program) return undefined;
  const dicomPort = await freePort();
  const store = join(folder, "store");
  mkdirSync(store, { recursive: true });
  const service = new Service(program, ["--fork", "-pdu", "131072", "-od", store, `${dicomPort}`], folder, environment);
  await service.listening(dicomPort);
  return { name: "storescp", aeTitle: "STORESCP", sinkPort: 0, dicomPort, service };
}
