/**
 * A mirror that was away for days comes back: it catches up with what was stored meanwhile, while its origin goes on storing
 * and it is killed now and then. `node test/fault/catching-up.ts --objects 4000 --size 500000 --accesses 96000 --kills 10`
 */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type OpenArchive, openArchive, type RequestContext } from "../../src/archive/index.ts";
import { runHere } from "../../src/cli/testing/command.ts";
import { verifyArchive } from "../../src/vault/index.ts";
import { administered } from "../support/administered.ts";
import { authorityIn } from "../support/authority.ts";
import { makeObject } from "../support/made-object.ts";
import { killServers, type ServerProcess, startServer } from "../support/server.ts";
import { type Acknowledged, send } from "./sender.ts";

export interface Absence {
  /** Stored at the origin while the mirror is away, and how large, bytes. */
  objects: number;
  size: number;
  /** Entries besides. */
  accesses: number;
  kills: number;
}

export interface CaughtUp {
  /** Of the journal. */
  entries: number;
  /** Stored at the origin while the mirror caught up. */
  meanwhile: number;
  /** From the mirror's start until it was level. */
  seconds: number;
}

interface Mirror {
  entries: number;
  behind: number;
  failures: number;
}

const day = 24 * 60 * 60 * 1000;
const context: RequestContext = { actor: {}, src: {}, protocol: "internal", operation: "test" };

/** @throws AssertionError when the mirror lacks something, or has something altered */
export async function catchUp(absence: Absence, say: (text: string) => void = () => {}): Promise<CaughtUp> {
  const root = await mkdtemp(join(tmpdir(), "holdfast-catching-up-"));
  try {
    const site = await siteIn(root);
    await storeAtOrigin(site, Date.now() - 5 * day, { ...absence, objects: 1, accesses: 0 });
    await using origin = await site.origin();
    const before = await site.mirror(origin);
    await shows(before, makeObject({ instance: 1 }).sopInstanceUid);
    assert.equal(await before.stop(), 0);
    assert.equal(await origin.stop(), 0);
    for (const [ago, share] of [4, 3, 2, 1].entries())
      await storeAtOrigin(site, Date.now() - share * day, partOf(absence, ago), 2 + ago * absence.objects);
    say(`${absence.objects} objects and ${absence.accesses} accesses in four days, the mirror is away`);
    return await backAgain(site, absence.kills, say);
  } finally {
    killServers();
    await rm(root, { recursive: true, force: true });
  }
}

const partOf = ({ objects, accesses, ...rest }: Absence, index: number): Absence => ({
  ...rest,
  objects: Math.floor((objects + 3 - index) / 4),
  accesses: Math.floor(accesses / 4),
});

interface Site {
  data: string;
  keyFile: string;
  /** The folder of the mirror's copy, and the key file it reads with. */
  copy: string;
  readerFile: string;
  origin(): Promise<ServerProcess & AsyncDisposable>;
  mirror(origin: ServerProcess): Promise<ServerProcess>;
}

async function siteIn(root: string): Promise<Site> {
  const [data, keyFile, readerFile, copy] = ["origin", "origin.json", "reader.json", "mirror"].map((name) =>
    join(root, name),
  ) as [string, string, string, string];
  const on = ["--data", data, "--key-file", keyFile];
  const authority = authorityIn(root);
  const [server, client] = [authority.certify("localhost"), authority.certify("mirror")];
  await (await openArchive({ dataFolder: data, keyFile })).close();
  const certificate = ["--certificate", client.fingerprint];
  for (const words of [
    ["keys", "add", "clinic", "--role", "mirror", "--scope", "mirror", ...certificate, ...on],
    ["keys", "reader", readerFile, ...on],
  ]) {
    const { code, stderr } = await runHere(words, root);
    assert.equal(code, 0, stderr);
  }
  const https = {
    HOLDFAST_TLS_HTTP_CERT: server.cert,
    HOLDFAST_TLS_HTTP_KEY: server.key,
    HOLDFAST_TLS_HTTP_CA: authority.ca,
    HOLDFAST_TLS_HTTP_CLIENT_CERTIFICATES: "optional",
  };
  const follow = {
    HOLDFAST_MIRROR_KEY_FILE: readerFile,
    HOLDFAST_MIRROR_CERT: client.cert,
    HOLDFAST_MIRROR_KEY: client.key,
    HOLDFAST_MIRROR_CA: authority.ca,
  };
  return {
    ...{ data, keyFile, readerFile, copy: join(copy, "mirror") },
    async origin() {
      const server = await startServer(data, ["--key-file", keyFile], https);
      return Object.assign(server, { [Symbol.asyncDispose]: () => server.kill() });
    },
    mirror: ({ url }) =>
      startServer(copy, [], { ...follow, HOLDFAST_MIRROR_FROM: url.replace("127.0.0.1", "localhost") }),
  };
}

/** As of a day: the archive's clock stands there. */
async function storeAtOrigin({ data, keyFile }: Site, time: number, absence: Absence, first = 1): Promise<void> {
  await using archive = await openArchive({ dataFolder: data, keyFile, now: () => time });
  for (let index = 0; index < absence.objects; index++) await put(archive, first + index, absence.size);
  for (let count = 0; count < absence.accesses; count++) {
    archive.record({ ...administered, operation: `access ${count}` });
    if (count % 5_000 === 0) await archive.flush();
  }
  await archive.flush();
}

async function put(archive: OpenArchive, instance: number, size: number): Promise<void> {
  const { file } = makeObject({ instance, pixels: size });
  randomBytes(size >> 1).copy(file, file.length - size); // half of it compresses
  const sink = archive.store(context, { form: "file" });
  await sink.write(file);
  assert.ok((await sink.end()).ok);
}

async function backAgain(site: Site, kills: number, say: (text: string) => void): Promise<CaughtUp> {
  await using origin = await site.origin();
  const acknowledged: Acknowledged = { objects: new Map(), failures: [] };
  const sending = new AbortController();
  const sent = keepSending(origin, acknowledged, sending.signal);
  const begun = performance.now();
  let mirror = await site.mirror(origin);
  let { entries, behind } = await until(mirror, ({ behind }) => behind > 0);
  for (let kill = 1; kill <= kills; kill++) {
    const goal = entries + behind / (kills + 2 - kill);
    ({ entries, behind } = await until(mirror, (at) => at.entries >= goal));
    await mirror.kill();
    say(`killed at ${entries} entries, ${behind} behind`);
    mirror = await site.mirror(origin);
  }
  await until(mirror, ({ behind }) => behind === 0);
  const seconds = (performance.now() - begun) / 1000;
  sending.abort();
  await sent;
  assert.deepEqual(acknowledged.failures, []);
  const { entries: all } = await shows(mirror, [...acknowledged.objects.keys()].at(-1)!);
  assert.equal(await mirror.stop(), 0);
  assert.equal(await origin.stop(), 0);
  const [at, of] = await Promise.all(
    [
      { dataFolder: site.copy, keyFile: site.readerFile },
      { dataFolder: site.data, keyFile: site.keyFile },
    ].map(verifyArchive),
  );
  assert.deepEqual([at!.problems, of!.problems], [[], []]);
  assert.equal(at!.objects, of!.objects, "everything that the origin has");
  return { entries: all, meanwhile: acknowledged.objects.size, seconds };
}

async function keepSending({ dicomPort }: ServerProcess, acknowledged: Acknowledged, until: AbortSignal) {
  for (let lot = 1; !until.aborted; lot++)
    await send(
      { port: dicomPort, prefix: `2.25.77.${lot}`, associations: 1, count: 10, size: () => 20_000 },
      acknowledged,
    );
}

/** Until the mirror answers for the instance. */
const shows = (server: ServerProcess, sopInstanceUid: string): Promise<Mirror> =>
  until(server, async () => {
    const answer = await fetch(`${server.url}/dicom-web/instances?SOPInstanceUID=${sopInstanceUid}`);
    await answer.arrayBuffer();
    return answer.status === 200;
  });

/** Polls in a bound, so that what never comes says what is there instead. */
async function until(server: ServerProcess, holds: (mirror: Mirror) => boolean | Promise<boolean>): Promise<Mirror> {
  let mirror: Mirror | undefined;
  for (let polls = 0; polls < 6_000; polls++) {
    mirror = ((await (await fetch(`${server.url}/readyz`)).json()) as { mirror: Mirror }).mirror;
    if (await holds(mirror)) return mirror;
    await sleep(100);
  }
  throw new Error(`The mirror stays at ${JSON.stringify(mirror)}: ${server.stderr()}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const number = { type: "string" } as const;
  const { values } = parseArgs({ options: { objects: number, size: number, accesses: number, kills: number } });
  const say = (text: string): boolean => process.stdout.write(`${text}\n`);
  const { objects = 4_000, size = 500_000, accesses = 96_000, kills = 10 } = values;
  const absence = { objects: +objects, size: +size, accesses: +accesses, kills: +kills };
  const { entries, meanwhile, seconds } = await catchUp(absence, say);
  const megabytes = (absence.objects * absence.size) / 1e6;
  say(
    `level after ${seconds.toFixed(0)} s: ${megabytes} MB stored while away, ${entries} entries, ${meanwhile} objects stored meanwhile`,
  );
}
