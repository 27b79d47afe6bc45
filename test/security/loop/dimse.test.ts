/** The loop attacked over DIMSE by somebody who knows it: what is under way when the containment comes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { dimseGate } from "../../../src/archive/scp/index.ts";
import { DataSet, tagOf } from "../../../src/dicom/index.ts";
import {
  type Association,
  associate,
  get,
  move,
  type Outcome,
  sopClasses,
  statuses,
  store,
} from "../../../src/dimse/index.ts";
import { associateRequest, RawPeer } from "../../../src/dimse/testing/raw-peer.ts";
import type { ContainmentAction, Gate, PeerRecord } from "../../../src/gate/index.ts";
import { connect, fill, send, startArchive } from "../../interop/dimse-archive.ts";
import { byLocal, containment, openGate } from "../../support/gate.ts";
import { type MadeObject, makeObject } from "../../support/made-object.ts";

const explicit = "1.2.840.10008.1.2.1";

async function start(...peers: (Partial<PeerRecord> & { aeTitle: string })[]) {
  let gate!: Gate;
  let written = 0;
  const running = await startArchive(async (archive) => {
    gate = await openGate(archive);
    const tenant = archive.tenant.bind(archive);
    archive.tenant = (name) => {
      const own = tenant(name);
      const store = own.store.bind(own);
      return Object.assign(own, {
        store(...asked: Parameters<typeof store>) {
          const sink = store(...asked);
          const write = sink.write.bind(sink);
          return Object.assign(sink, {
            write(chunk: Uint8Array) {
              written++;
              return write(chunk);
            },
          });
        },
      });
    };
    for (const more of peers)
      await gate.peers.put({ role: "workstation", tenant: "default", addresses: ["127.0.0.1"], ...more }, byLocal);
    return { gate: dimseGate(gate) };
  });
  const contain = (action: ContainmentAction, id = "peer:EVE", more = {}) =>
    gate.containments.apply(containment(action, { target: { kind: "principal", id }, action, ...more }));
  return { ...running, gate, contain, written: () => written };
}

/** Stores an object in two pieces; `between` happens when the archive has begun to take the first. */
async function storeInTwo(
  { written }: { written(): number },
  association: Association,
  object: MadeObject,
  between: () => void,
): Promise<Outcome> {
  const { sopClassUid, sopInstanceUid, dataSet } = object;
  const before = written();
  async function* pieces() {
    yield dataSet.subarray(0, dataSet.length / 4);
    yield dataSet.subarray(dataSet.length / 4, dataSet.length / 2); // the sender looks one piece ahead
    while (written() === before) await new Promise((resolve) => setTimeout(resolve, 5));
    between();
    yield dataSet.subarray(dataSet.length / 2);
  }
  const item = { sopClassUid, sopInstanceUid, transferSyntaxUid: explicit, size: dataSet.length };
  return store(association, { ...item, dataSet: pieces });
}

test("a store that was under way when its sender was contained is refused or held back", async () => {
  await using running = await start({ aeTitle: "EVE" });
  const objects = [1, 2, 3].map((instance) => makeObject({ instance, pixels: 3_000_000 }));
  const eve = await connect(running.port, objects, undefined, "EVE");
  const refused = await storeInTwo(running, eve, objects[0]!, () => running.contain("read-only"));
  assert.equal(refused.status, statuses.notAuthorized);
  assert.match(refused.comment ?? "", /^Paused since .*, call IT, 4711$/);
  running.gate.containments.release("read-only");
  const held = await storeInTwo(running, eve, objects[1]!, () => running.contain("quarantine-writes"));
  assert.equal(held.status, statuses.success);
  running.gate.containments.release("quarantine-writes");
  assert.equal((await storeInTwo(running, eve, objects[2]!, () => {})).status, statuses.success);
  const { archive } = running;
  for (const [index, count] of [0, 0, 1].entries())
    assert.equal((await archive.versions(objects[index]!.sopInstanceUid)).length, count);
  assert.deepEqual(
    (await archive.held()).map(({ containment: by, object }) => [by, object.sopInstanceUid]),
    [["quarantine-writes", objects[1]!.sopInstanceUid]],
  );
  assert.equal(running.events.find(({ activity }) => activity === "create")?.status, "denied");
  await eve.release();
});

test("an object that is held back when all of it is there never shows, whatever its size", async () => {
  await using running = await start();
  const objects = [64, 3_000_000].map((pixels, index) => makeObject({ instance: index + 1, pixels }));
  for (const { file } of objects) {
    const sink = running.archive.store(
      { actor: {}, src: {}, protocol: "dimse", operation: "C-STORE" },
      { form: "file" },
    );
    await sink.write(file);
    sink.hold("c1");
    assert.ok((await sink.end()).ok);
  }
  for (const { sopInstanceUid } of objects) assert.deepEqual(await running.archive.versions(sopInstanceUid), []);
  assert.deepEqual(
    (await running.archive.held()).map(({ containment: by }) => by),
    ["c1", "c1"],
  );
});

const studies = [1, 2, 3, 4, 5, 6].map((study) => makeObject({ study, pixels: 400_000 }));

const wanted = (uids: string[]): DataSet =>
  new DataSet().set(tagOf("QueryRetrieveLevel"), "CS", "STUDY").set(tagOf("StudyInstanceUID"), "UI", uids);

/** Asks for all studies in one operation; `onFirst` happens when the first object has come. */
async function takeAll(port: number, onFirst: () => void = () => {}): Promise<{ taken: number; final: Outcome }> {
  const classes = [sopClasses.studyRootGet, ...new Set(studies.map(({ sopClassUid }) => sopClassUid))];
  let taken = 0;
  const association = await associate({
    ...{ host: "127.0.0.1", port, calledAeTitle: "HOLDFAST", callingAeTitle: "EVE" },
    contexts: classes.map((abstractSyntax) => ({ abstractSyntax, transferSyntaxes: [explicit] })),
    roles: classes.slice(1).map((sopClassUid) => ({ sopClassUid, scu: false, scp: true })),
    handlers: {
      store: () => ({
        write: () => undefined,
        async end() {
          if (++taken === 1) onFirst();
          return { status: statuses.success };
        },
        abort() {},
      }),
    },
  });
  const asked = { sopClassUid: sopClasses.studyRootGet, identifier: wanted(studies.map(({ studyUid }) => studyUid)) };
  const retrieval = get(association, asked);
  for (;;) {
    const { done, value } = await retrieval.next();
    if (!done) continue;
    await association.release();
    return { taken, final: value as Outcome };
  }
}

test("a retrieval under way ends at the next object, with the reason; a list of studies is as many operations", async () => {
  await using running = await start({ aeTitle: "EVE" }, { aeTitle: "PEER" });
  await fill(running.port, studies);
  const whole = await takeAll(running.port);
  assert.deepEqual([whole.taken, whole.final.status], [studies.length, 0]);
  running.contain("rate-limit", "peer:EVE", { perMinute: 3 });
  const limited = await takeAll(running.port);
  // The association is one of the three.
  assert.deepEqual([limited.taken, limited.final.status], [2, statuses.unableToPerformSubOperations]);
  assert.match(limited.final.comment ?? "", /^Paused since/);
  running.gate.containments.release("rate-limit");
  const cut = await takeAll(running.port, () => running.contain("refuse"));
  assert.ok(cut.taken < studies.length, `${cut.taken} taken`);
  assert.equal(cut.final.status, statuses.notAuthorized);
  assert.match(cut.final.comment ?? "", /^Paused since .*, call IT, 4711$/);
});

test("nobody sends objects to a peer that is cut off, nor to a vendor's outside its session", async () => {
  const target = { host: "127.0.0.1", port: 9 };
  await using running = await start(
    { aeTitle: "PEER" },
    { aeTitle: "EVE", ...target },
    { aeTitle: "ACME", vendor: "acme", ...target },
  );
  await fill(running.port, studies.slice(0, 1));
  const mate = await connect(running.port, [], undefined, "PEER");
  const to = async (destination: string): Promise<Outcome> => {
    const asked = { sopClassUid: sopClasses.studyRootMove, identifier: wanted([studies[0]!.studyUid]), destination };
    const moved = move(mate, asked);
    for (;;) {
      const { done, value } = await moved.next();
      if (done) return value as Outcome;
    }
  };
  // Nothing listens there: it was tried.
  assert.equal((await to("EVE")).status, statuses.unableToPerformSubOperations);
  running.contain("refuse");
  const refused = await to("EVE");
  assert.equal(refused.status, statuses.notAuthorized);
  assert.match(refused.comment ?? "", /^Paused since/);
  assert.equal((await to("ACME")).status, statuses.notAuthorized);
  await mate.release();
});

test("an association that is open and idle gets nothing once its peer is contained", async () => {
  await using running = await start({ aeTitle: "EVE" });
  const idle = await Promise.all(Array.from({ length: 8 }, () => connect(running.port, studies, undefined, "EVE")));
  running.contain("refuse");
  for (const association of idle) assert.equal(await send(association, studies[0]!), statuses.notAuthorized);
  for (const association of idle) await association.abort();
});

test("stores sent ahead on one association are taken one by one: the containment counts for those that wait", async () => {
  let gate!: Gate;
  let stored = 0;
  await using running = await startArchive(async (archive) => {
    gate = await openGate(archive);
    await gate.peers.put({ aeTitle: "EVE", role: "workstation", tenant: "default", addresses: ["127.0.0.1"] }, byLocal);
    const tenant = archive.tenant.bind(archive);
    archive.tenant = (name) => {
      const own = tenant(name);
      const begin = own.store.bind(own);
      return Object.assign(own, {
        store(...asked: Parameters<typeof begin>) {
          const sink = begin(...asked);
          const end = sink.end.bind(sink);
          // The engine's part: it hears of a store once it is in the journal.
          return Object.assign(sink, {
            async end() {
              const result = await end();
              const target = { kind: "principal", id: "peer:EVE" } as const;
              if (++stored === 3) gate.containments.apply(containment("c1", { target, action: "read-only" }));
              return result;
            },
          });
        },
      });
    };
    return { gate: dimseGate(gate) };
  });
  const objects = Array.from({ length: 12 }, (_, index) => makeObject({ instance: index + 1 }));
  const [{ sopClassUid }] = objects as [MadeObject];
  const proposed = { calledAeTitle: "HOLDFAST", callingAeTitle: "EVE" };
  const contexts = [{ id: 1, abstractSyntax: sopClassUid, transferSyntaxes: [explicit] }];
  const eve = await RawPeer.associate(running.port, associateRequest({ ...proposed, contexts }));
  assert.equal((await eve.next()).type, "associate-accept");
  for (const [index, { sopInstanceUid, dataSet }] of objects.entries()) {
    const ids = { messageId: index + 1, affectedSopClassUid: sopClassUid, affectedSopInstanceUid: sopInstanceUid };
    eve.message(1, { commandField: 0x01, priority: 0, hasDataSet: true, ...ids }, dataSet);
  }
  const answers: (number | undefined)[] = [];
  while (answers.length < objects.length) {
    const heard = await eve.next();
    assert.equal(heard.type, "command");
    if (heard.type === "command") answers.push(heard.command.status);
  }
  eve.close();
  assert.deepEqual(answers, [...Array(3).fill(statuses.success), ...Array(9).fill(statuses.notAuthorized)]);
  assert.equal((await running.archive.statistics()).instances, 3);
});
