/** Replication to and restore from a real S3 with Object Lock, against the same bytes through the AWS SDK alone, in turns. */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { GetObjectCommand, PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { layoutOf } from "../../src/vault/index.ts";
import { S3Target } from "../../src/vault/replica/index.ts";
import { cephPrograms, startCeph } from "../../test/support/ceph.ts";
import { replicate, restore } from "./copying.ts";
import { fill, type Home, homeIn } from "./made.ts";
import { filesIn, goal, has, megabytesOf, middle, print, rateOf, seconds } from "./measure.ts";

export async function s3Bench(objects: number): Promise<void> {
  if (!cephPrograms.every(has)) return void print("  Ceph RGW is not installed: no S3");
  const root = mkdtempSync(join(tmpdir(), "holdfast-s3-"));
  try {
    const home = homeIn(join(root, "home"));
    await fill(home, objects);
    const files = [layoutOf(home.data).vault, layoutOf(home.data).journal].flatMap(filesIn);
    print(`${objects} objects of 512 KiB, ${Math.round(megabytesOf(files))} MB`);
    await inTurns(root, home, files);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

async function inTurns(root: string, home: Home, files: string[]): Promise<void> {
  const megabytes = megabytesOf(files);
  const rate = rateOf(megabytes);
  await using store = await startCeph(2 * turns * megabytes * 1e6 + 2 * 1024 ** 3);
  const { endpoint, credentials } = store;
  const client = store.client();
  const taken: [number, number, number, number][] = [];
  for (let turn = 0; turn < turns; turn++) {
    const names = [`plain${turn}`, `replica${turn}`] as const;
    for (const name of names) await store.bucket(name);
    const target = new S3Target({
      bucket: names[1],
      prefix: "",
      endpoint,
      credentials,
      retentionDays: 1,
      now: Date.now,
    });
    const put = await seconds(() => upload(client, names[0], home.data, files));
    const replicated = await replicate(home, target);
    const got = await seconds(() => download(client, names[0], join(root, names[0]), home.data, files));
    const restored = await restore(home, target, join(root, names[1]));
    taken.push([put, replicated, got, restored]);
    for (const name of names) rmSync(join(root, name), { recursive: true });
    target.close();
  }
  const of = (index: number): number => middle(taken.map((each) => each[index]!));
  const [put, replicated, got, restored] = [of(0), of(1), of(2), of(3)];
  print(
    `  S3: replicate ${rate(replicated)}, the AWS SDK alone ${rate(put)}: ratio ${goal(put / replicated, "least", 0.8)}`,
  );
  print(`  S3: restore ${rate(restored)}, the AWS SDK alone ${rate(got)}: ratio ${goal(got / restored, "least", 0.8)}`);
  client.destroy();
}

const part = 8 * 1024 * 1024;
const atOnce = 4;
/** Of each over S3, in turns. */
const turns = 3;

/** The same pieces, as many at once, by the SDK as it comes: nothing hashed by us, nothing chained. */
export async function upload(client: S3Client, Bucket: string, data: string, files: string[]): Promise<void> {
  const until = new Date(Date.now() + 24 * 3_600_000);
  await eachPart(files, async (path, offset, length) => {
    const file = await open(path, "r");
    const Body = Buffer.alloc(length);
    await file.read(Body, 0, length, offset);
    await file.close();
    const lock = {
      ObjectLockMode: "COMPLIANCE",
      ObjectLockRetainUntilDate: until,
      ChecksumAlgorithm: "CRC32",
    } as const;
    await client.send(new PutObjectCommand({ Bucket, Key: `${relative(data, path)}/${offset}`, Body, ...lock }));
  });
}

export async function download(
  client: S3Client,
  Bucket: string,
  to: string,
  data: string,
  files: string[],
): Promise<void> {
  for (const path of files) {
    mkdirSync(dirname(join(to, relative(data, path))), { recursive: true });
    await (await open(join(to, relative(data, path)), "w")).close();
  }
  await eachPart(files, async (path, offset) => {
    const Key = `${relative(data, path)}/${offset}`;
    const answer = await client.send(new GetObjectCommand({ Bucket, Key }));
    const file = await open(join(to, relative(data, path)), "r+");
    await file.write(await answer.Body!.transformToByteArray(), 0, undefined, offset);
    await file.close();
  });
  for (const path of files) {
    const file = await open(join(to, relative(data, path)), "r+");
    await file.sync();
    await file.close();
  }
}

async function eachPart(
  files: string[],
  act: (path: string, offset: number, length: number) => Promise<void>,
): Promise<void> {
  const parts: [string, number, number][] = [];
  for (const path of files) {
    const size = megabytesOf([path]) * 1e6;
    for (let offset = 0; offset < size; offset += part)
      parts.push([path, offset, Math.round(Math.min(part, size - offset))]);
  }
  const lane = async (): Promise<void> => {
    for (let next = parts.shift(); next; next = parts.shift()) await act(...next);
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
}
