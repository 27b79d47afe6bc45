/** A restore of an archive with many entries: whoever is treated is read first, and in the end all is there. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, test } from "node:test";
import { openArchive } from "../../src/archive/index.ts";
import { Arrivals, layoutOf, openKeyFile } from "../../src/vault/index.ts";
import { FolderTarget } from "../../src/vault/replica/index.ts";
import { surveyJournal } from "../../src/vault/replica/restore/survey.ts";
import { administered } from "../support/administered.ts";
import { type MadeObject, makeObject } from "../support/made-object.ts";
import { killServers, type ServerProcess, startServer } from "../support/server.ts";
import { context, folder, replicator } from "./replicated.ts";

afterEach(killServers);

const plan = makeObject({ patient: "TREATED", study: 1, sopClassUid: "1.2.840.10008.5.1.4.1.1.481.5" });
const image = makeObject({ patient: "TREATED", study: 1, series: 2, instance: 2 });
const others = [3, 4, 5].map((study) => makeObject({ patient: `P${study}`, study }));

/** Objects of four patients, accounts and accesses. */
async function archiveIn(home: string): Promise<void> {
  await using archive = await openArchive({ dataFolder: join(home, "data"), keyFile: join(home, "key.json") });
  for (const { file } of [image, ...others, plan]) {
    const sink = archive.store(context, { form: "file" });
    await sink.write(file);
    assert.equal((await sink.end()).ok, true);
  }
  await archive.change(administered, [{ collection: "test", key: "one", value: 1 }]);
  for (let count = 0; count < 10_001; count++) archive.record({ ...administered, operation: `access ${count}` });
  await archive.flush();
}

async function statusOf({ url }: ServerProcess, { studyUid, seriesUid, sopInstanceUid, file }: MadeObject) {
  const path = `studies/${studyUid}/series/${seriesUid}/instances/${sopInstanceUid}`;
  const answer = await fetch(`${url}/dicom-web/${path}`, {
    headers: { accept: "application/dicom; transfer-syntax=*" },
  });
  const bytes = Buffer.from(await answer.arrayBuffer());
  if (answer.status === 200) assert.ok(bytes.equals(file));
  return answer.status;
}

/** Polls while what is asked for is on its way. */
async function read(server: ServerProcess, object: MadeObject): Promise<void> {
  for (let status = 0; status !== 200; ) {
    status = await statusOf(server, object);
    assert.ok([200, 503].includes(status), `never ${status}: what is not here yet is not said to be missing`);
  }
}

test("the patients with plans have a catalogue of their own before the whole one is there", async () => {
  const [home, replica, fresh] = [await folder(), await folder(), await folder()];
  await archiveIn(home);
  const { archive, keyring } = await openKeyFile(join(home, "key.json"), randomBytes);
  const { journal } = layoutOf(join(home, "data"));
  const { early } = await surveyJournal(journal, archive, keyring, Arrivals.awaiting([]));
  assert.equal(early?.patients, 1);
  assert.ok(early.places.length >= 2 + 1, "both of its objects, and what was changed");
  assert.ok(early.places.length < 20, "no accesses, and no others' objects");

  await (await replicator(home, new FolderTarget(replica))).round();
  await copyFile(join(home, "key.json"), join(fresh, "key.json"));
  const data = join(fresh, "data");
  const server = await startServer(data, ["--key-file", join(fresh, "key.json")], {}, [
    ...["restore", "--from", replica, "--serve"],
  ]);
  for (const object of [plan, image, ...others]) await read(server, object);
  for (let ready = false; !ready; ) ready = (await fetch(`${server.url}/readyz`)).status === 200;
  const found = await fetch(`${server.url}/dicom-web/studies`);
  assert.equal(((await found.json()) as unknown[]).length, 4);
  assert.equal(found.headers.get("warning"), null);
  assert.equal(await server.stop(), 0);
  assert.equal(existsSync(join(data, "catalogue", "early")), false);
});
