/** A real S3 with Object Lock for tests: one Ceph RGW, monitor and memory-backed OSD in a folder of their own. */
import { execFileSync, spawnSync } from "node:child_process";
import { randomBytes, randomUUID } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";

export const cephPrograms = ["radosgw", "ceph-mon", "ceph-osd", "ceph", "ceph-authtool", "monmaptool", "radosgw-admin"];

export interface CephStore extends AsyncDisposable {
  endpoint: string;
  credentials: { accessKeyId: string; secretAccessKey: string };
  /** With versioning and Object Lock. */
  bucket(name: string): Promise<void>;
  client(): S3Client;
}

/** About 15 s and 350 MB of memory. `room`: bytes that it takes in memory; when they are used up, it hangs. */
export async function startCeph(room = 2 * 1024 ** 3): Promise<CephStore> {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-ceph-"));
  const [v2, v1, port] = [await freePort(), await freePort(), await freePort()];
  const fsid = randomUUID();
  const addresses = `[v2:127.0.0.1:${v2},v1:127.0.0.1:${v1}]`;
  const conf = join(folder, "ceph.conf");
  for (const name of ["run", "log", "mon", "osd", "rgw"]) mkdirSync(join(folder, name));
  writeFileSync(conf, configuration(folder, fsid, addresses, port, room));
  const keys = join(folder, "keyring");
  const run = (program: string, ...words: string[]) =>
    execFileSync(program, ["-c", conf, ...words], { stdio: ["ignore", "pipe", "pipe"], timeout: 60_000 });
  const key = (name: string, ...caps: string[]) =>
    execFileSync(
      "ceph-authtool",
      [
        keys,
        "--gen-key",
        "-n",
        name,
        ...caps.flatMap((cap) => ["--cap", ...cap.split(" ", 1), cap.slice(cap.indexOf(" ") + 1)]),
      ],
      {
        stdio: "ignore",
      },
    );
  execFileSync("ceph-authtool", ["--create-keyring", keys], { stdio: "ignore" });
  key("mon.", "mon allow *");
  key("client.admin", "mon allow *", "osd allow *", "mgr allow *");
  key("client.rgw", "mon allow rw", "osd allow rwx");
  const map = join(folder, "monmap");
  execFileSync("monmaptool", ["--create", "--addv", "a", addresses, "--fsid", fsid, map], { stdio: "ignore" });
  run("ceph-mon", "--mkfs", "-i", "a", "--monmap", map, "--keyring", keys);
  run("ceph-mon", "-i", "a");
  const uuid = randomUUID();
  const secret = execFileSync("ceph-authtool", ["--gen-print-key"], { encoding: "utf8" }).trim();
  execFileSync("ceph", ["-c", conf, "-k", keys, "osd", "new", uuid, "-i", "-"], {
    input: JSON.stringify({ cephx_secret: secret }),
    stdio: ["pipe", "ignore", "pipe"],
    timeout: 60_000,
  });
  const osdKeys = join(folder, "osd", "keyring");
  execFileSync("ceph-authtool", ["--create-keyring", osdKeys, "--name", "osd.0", "--add-key", secret], {
    stdio: "ignore",
  });
  run("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", uuid);
  run("ceph-osd", "-i", "0");
  run("ceph", "-k", keys, "osd", "crush", "add", "osd.0", "1.0", "root=default", "host=localhost");
  run("radosgw", "-n", "client.rgw", "-k", keys);
  const credentials = { accessKeyId: "TESTACCESS", secretAccessKey: randomBytes(20).toString("hex") };
  run(
    ...([
      "radosgw-admin",
      "-n",
      "client.rgw",
      "-k",
      keys,
      "user",
      "create",
      "--uid=test",
      "--display-name=test",
    ] as const),
    `--access-key=${credentials.accessKeyId}`,
    `--secret-key=${credentials.secretAccessKey}`,
  );
  const endpoint = `http://127.0.0.1:${port}`;
  await answers(endpoint);
  const client = () => new S3Client({ endpoint, region: "us-east-1", credentials, forcePathStyle: true });
  return {
    endpoint,
    credentials,
    client,
    async bucket(name) {
      const s3 = client();
      await s3.send(new CreateBucketCommand({ Bucket: name, ObjectLockEnabledForBucket: true }));
      s3.destroy();
    },
    async [Symbol.asyncDispose]() {
      for (const name of ["client.rgw", "osd.0", "mon.a"]) await stop(join(folder, "run", `${name}.pid`));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function configuration(folder: string, fsid: string, addresses: string, port: number, room: number): string {
  return `[global]
fsid = ${fsid}
mon host = ${addresses}
auth cluster required = cephx
auth service required = cephx
auth client required = cephx
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pgp num = 1
mon allow pool size one = true
osd crush chooseleaf type = 0
osd objectstore = memstore
memstore device bytes = ${Math.round(room)}
run dir = ${folder}/run
pid file = ${folder}/run/$name.pid
admin socket = ${folder}/run/$name.asok
log file = ${folder}/log/$name.log
mon data = ${folder}/mon
osd data = ${folder}/osd
keyring = ${folder}/keyring
setuser match path = ${folder}
[osd]
keyring = ${folder}/osd/keyring
[client.rgw]
rgw data = ${folder}/rgw
rgw frontends = beast endpoint=127.0.0.1:${port}
`;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function answers(endpoint: string): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    if (await fetch(endpoint).catch(() => undefined)) return;
    await sleep(200);
  }
  throw new Error("radosgw does not answer");
}

async function stop(pidFile: string): Promise<void> {
  let pid = 0;
  try {
    pid = Number(readFileSync(pidFile, "utf8").trim());
    process.kill(pid, "SIGTERM");
  } catch {
    return;
  }
  for (let tries = 0; tries < 100; tries++) {
    if (spawnSync("kill", ["-0", String(pid)]).status !== 0) return;
    await sleep(100);
  }
  process.kill(pid, "SIGKILL");
}
