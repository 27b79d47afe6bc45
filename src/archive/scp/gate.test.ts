import assert from "node:assert/strict";
import { test } from "node:test";
import { connect, send, startArchive } from "../../../test/interop/dimse-archive.ts";
import { byLocal, containment, openGate } from "../../../test/support/gate.ts";
import { testLog } from "../../../test/support/log.ts";
import { makeObject } from "../../../test/support/made-object.ts";
import { DataSet, tagOf } from "../../dicom/index.ts";
import {
  type Association,
  action,
  echo,
  eventReport,
  find,
  get,
  move,
  type ServiceHandlers,
  sopClasses,
  statuses,
  storageCommitmentInstance,
} from "../../dimse/index.ts";
import { commandFields } from "../../dimse/message/index.ts";
import { acceptorServices } from "../../dimse/scp/acceptor-services.ts";
import { serve } from "../../dimse/testing/server.ts";
import { type Action, deviceRoles, type Gate, mayRole, type PeerRecord } from "../../gate/index.ts";
import { actionOfHandler, type DimseAction, gateActions } from "./action.ts";
import { reportOf, writeRequest } from "./commitment/data.ts";
import { serviceNames } from "./figures.ts";
import { type DimseServiceConfig, dimseGate } from "./index.ts";

const here = ["127.0.0.0/8"];
const object = makeObject();

/** An archive whose gate knows these peers. */
const start = (...peers: Partial<PeerRecord>[]) => startWith({}, ...peers);

async function startWith(config: Pick<DimseServiceConfig, "peers">, ...peers: Partial<PeerRecord>[]) {
  let gate!: Gate;
  const running = await startArchive(async (archive) => {
    gate = await openGate(archive);
    for (const { tenant } of peers) if (tenant !== undefined) await gate.tenants.put(tenant, undefined, byLocal);
    for (const more of peers)
      await gate.peers.put(
        { aeTitle: "PEER", role: "workstation", tenant: "default", addresses: here, ...more },
        byLocal,
      );
    return { ...config, gate: dimseGate(gate, testLog) };
  });
  const as = (aeTitle: string) => connect(running.port, [object], undefined, aeTitle);
  return { ...running, gate, as };
}

const identifier = (): DataSet =>
  new DataSet().set(tagOf("QueryRetrieveLevel"), "CS", "STUDY").set(tagOf("StudyInstanceUID"), "UI", object.studyUid);

async function last<T>(generator: AsyncGenerator<unknown, T>): Promise<T> {
  for (;;) {
    const { done, value } = await generator.next();
    if (done) return value;
  }
}

async function countOf(association: Association): Promise<number> {
  let count = 0;
  for await (const _ of find(association, { sopClassUid: sopClasses.studyRootFind, identifier: identifier() })) count++;
  return count;
}

/** Every DIMSE service, and the action of the policy that it is. */
const services: [name: string, action: Action, run: (association: Association) => Promise<number>][] = [
  ["C-ECHO", "echo", async (association) => (await echo(association)).status],
  ["C-STORE", "store", (association) => send(association, object)],
  [
    "C-FIND",
    "query",
    async (association) =>
      (await last(find(association, { sopClassUid: sopClasses.studyRootFind, identifier: identifier() }))).status,
  ],
  [
    "C-GET",
    "retrieve",
    async (association) =>
      (await last(get(association, { sopClassUid: sopClasses.studyRootGet, identifier: identifier() }))).status,
  ],
  [
    "C-MOVE",
    "retrieve",
    async (association) =>
      (
        await last(
          move(association, { sopClassUid: sopClasses.studyRootMove, identifier: identifier(), destination: "X" }),
        )
      ).status,
  ],
  [
    "N-ACTION",
    "commit",
    async (association) => {
      const information = writeRequest({ transactionUid: "1.2.3", references: [object] });
      const request = { sopClassUid: sopClasses.storageCommitment, sopInstanceUid: storageCommitmentInstance };
      return (await action(association, { ...request, actionTypeId: 1, information })).status;
    },
  ],
  [
    "N-EVENT-REPORT",
    "commit",
    async (association) =>
      (await eventReport(association, reportOf({ transactionUid: "2.25.1", committed: [object], failed: [] }, "X")))
        .status,
  ],
];

test("the matrix: every DIMSE service answers every role as the policy says", async () => {
  for (const role of deviceRoles) {
    await using running = await start({ role });
    const association = await running.as("PEER");
    for (const [name, wanted, run] of services) {
      const refused = (await run(association)) === statuses.notAuthorized;
      assert.equal(refused, !mayRole(role, wanted), `${role} ${name}`);
    }
    await association.abort();
  }
});

/** Commands that are served and no row of the matrix runs. */
const unproved = (served: Iterable<number>): number[] =>
  [...served].filter((command) => !services.some(([name]) => serviceNames[command] === name));

test("every service that answers a peer is in the matrix and has an action of the policy", () => {
  assert.deepEqual(unproved(acceptorServices.keys()), []);
  const acts = Object.values(actionOfHandler).map((action) => gateActions[action]);
  assert.deepEqual(new Set(services.map(([, action]) => action)), new Set(acts));
  // Planted: a service that nobody thought of is noticed, at run time and by the compiler.
  assert.deepEqual(unproved([...acceptorServices.keys(), commandFields.getRequest + 1]), [
    commandFields.getRequest + 1,
  ]);
  // @ts-expect-error A handler without an action of the policy does not compile.
  const planted: Record<keyof ServiceHandlers | "create", DimseAction> = actionOfHandler;
  assert.ok(planted);
});

test("every DIMSE service asks the gate: once its peer is contained none answers", async () => {
  await using running = await start({});
  const association = await running.as("PEER");
  for (const [name, , run] of services) assert.notEqual(await run(association), statuses.notAuthorized, name);
  running.gate.containments.apply(containment("c1", { action: "refuse" }));
  for (const [name, , run] of services) assert.equal(await run(association), statuses.notAuthorized, name);
  await association.abort();
});

test("a report of commitment counts from the peer that was asked, not from another who knows the transaction", async () => {
  const asked = Promise.withResolvers<void>();
  await using peers = await serve({
    handlers: {
      async action() {
        asked.resolve();
        return { status: statuses.success };
      },
    },
  });
  const known = { aeTitle: "PEER", host: "127.0.0.1", port: peers.port };
  await using running = await startWith({ peers: [known] }, {}, { aeTitle: "FORGER" });
  const wanted = { transactionUid: "2.25.77", references: [object] };
  const committed = running.service.requestCommitment("PEER", wanted, 60_000);
  await asked.promise;
  const report = reportOf(
    { transactionUid: "2.25.77", committed: [], failed: [{ ...object, reason: 0x0112 }] },
    "HOLDFAST",
  );
  const forger = await running.as("FORGER");
  assert.equal((await eventReport(forger, report)).status, statuses.success);
  await forger.release();
  const peer = await running.as("PEER");
  const truth = reportOf({ transactionUid: "2.25.77", committed: [object], failed: [] }, "HOLDFAST");
  assert.equal((await eventReport(peer, truth)).status, statuses.success);
  await peer.release();
  assert.deepEqual((await committed).failed, []);
});

test("unknown peers get nothing, spoofed titles neither, and the event says which it was", async () => {
  await using running = await start(
    {},
    { aeTitle: "MOVED", addresses: ["192.0.2.1"] },
    { aeTitle: "CERT", certificates: ["ab".repeat(32)] },
  );
  await assert.rejects(running.as("STRANGER"), { code: "association/rejected", detail: "1/1/3" });
  await assert.rejects(running.as("MOVED"), { code: "association/rejected", detail: "1/1/3" });
  await assert.rejects(running.as("CERT"), { code: "association/rejected", detail: "1/1/3" });
  assert.deepEqual(
    running.events.map(({ status_detail }) => status_detail),
    ["gate/unknown-peer", "gate/spoofed", "gate/spoofed"],
  );
  for (const { actor } of running.events) assert.deepEqual(actor.user, { name: "nobody", type: "unknown" });
  running.gate.containments.apply(
    containment("c1", { target: { kind: "principal", id: "peer:PEER" }, action: "refuse" }),
  );
  await assert.rejects(running.as("PEER"), { code: "association/rejected" });
  assert.equal(running.events.at(-1)?.actor.user, undefined, "refused for what it did, its title is its own");
});

test("two clinics store the same UIDs and never see each other's", async () => {
  await using running = await start(
    { aeTitle: "NORTH", tenant: "north" },
    { aeTitle: "SOUTH", tenant: "south", host: "192.0.2.9", port: 104 },
  );
  const [north, south] = [await running.as("NORTH"), await running.as("SOUTH")];
  assert.equal(await send(north, object), 0);
  assert.deepEqual([await countOf(north), await countOf(south)], [1, 0]);
  assert.equal(await send(south, makeObject({ attributes: { StudyDescription: "other" } })), 0);
  assert.equal((await running.archive.tenant("north").versions(object.sopInstanceUid)).length, 1);
  // The other clinic's destination does not exist.
  const moved = await last(
    move(north, { sopClassUid: sopClasses.studyRootMove, identifier: identifier(), destination: "SOUTH" }),
  );
  assert.equal(moved.status, statuses.moveDestinationUnknown);
  for (const each of [north, south]) await each.release();
  assert.deepEqual([...new Set(running.events.map(({ tenant }) => tenant))].sort(), ["north", "south"]);
});

test("a peer changed or removed in the registry is so on the association that stands", async () => {
  await using running = await start({}, { aeTitle: "OTHER" });
  const association = await running.as("PEER");
  assert.equal(await send(association, object), 0);
  const record: PeerRecord = { aeTitle: "PEER", role: "modality", tenant: "default", addresses: here };
  await running.gate.peers.put(record, byLocal);
  assert.equal(await countOf(association), 1);
  const retrieval = { sopClassUid: sopClasses.studyRootMove, identifier: identifier(), destination: "X" };
  assert.equal(
    (await last(move(association, retrieval))).status,
    statuses.notAuthorized,
    "a modality retrieves nothing",
  );
  await running.gate.peers.remove("PEER", byLocal);
  assert.equal((await echo(association)).status, statuses.notAuthorized);
  await association.abort();
});

test("a containment counts on an association already open, says whom to call, and ends when released", async () => {
  await using running = await start({});
  const association = await running.as("PEER");
  assert.equal(await send(association, object), 0);
  running.gate.containments.apply(containment("c1", { action: "refuse" }));
  const refused = await echo(association);
  assert.equal(refused.status, statuses.notAuthorized);
  assert.match(refused.comment ?? "", /^Paused since \d{4}-\d\d-\d\dT\d\d:\d\dZ, call IT, 4711$/);
  await assert.rejects(running.as("PEER"), { code: "association/rejected" });
  running.gate.containments.release("c1");
  assert.equal((await echo(association)).status, 0);
  running.gate.containments.apply(containment("c2", { action: "rate-limit", perMinute: 2 }));
  const sent = [];
  for (let i = 0; i < 4; i++) sent.push(await send(association, object));
  assert.deepEqual(sent, [0, 0, statuses.outOfResources, statuses.outOfResources]);
  await association.release();
});

test("writes held back are a success to the sender, invisible, and a version once released", async () => {
  await using running = await start({});
  const association = await running.as("PEER");
  assert.equal(await send(association, object), 0);
  running.gate.containments.apply(containment("c1", { action: "quarantine-writes" }));
  const encrypted = makeObject({ attributes: { StudyDescription: "encrypted" } });
  const fresh = makeObject({ study: 2 });
  assert.equal(await send(association, encrypted), 0);
  assert.equal(await send(association, fresh), 0);
  const { archive } = running;
  assert.equal((await archive.versions(object.sopInstanceUid)).length, 1);
  assert.deepEqual(await archive.versions(fresh.sopInstanceUid), []);
  const held = await archive.held();
  assert.deepEqual(
    held.map(({ containment: by, object: { sopInstanceUid } }) => [by, sopInstanceUid]),
    [
      ["c1", encrypted.sopInstanceUid],
      ["c1", fresh.sopInstanceUid],
    ],
  );
  const context = { actor: {}, src: {}, protocol: "api", operation: "release" } as const;
  assert.equal(await archive.discard(context, [held[0]!.entry]), 1);
  assert.equal(await archive.release(context, [held[1]!.entry, held[0]!.entry]), 1);
  assert.equal((await archive.versions(object.sopInstanceUid)).length, 1);
  const [released] = await archive.resolve({ sopInstanceUid: [fresh.sopInstanceUid] });
  const chunks: Uint8Array[] = [];
  for await (const chunk of archive.open(released!).dataSet()) chunks.push(chunk);
  assert.ok(Buffer.concat(chunks).equals(fresh.dataSet));
  assert.deepEqual(await archive.held(), []);
  await association.release();
});

test("a vendor's device does nothing outside an open session", async () => {
  await using running = await start({ vendor: "acme" });
  await assert.rejects(running.as("PEER"), { code: "association/rejected" });
  const session = await running.gate.grants.openVendorSession(
    {
      vendor: "acme",
      principals: ["peer:PEER"],
      reason: "replacing the tube",
      hosts: ["127.0.0.0/30"],
      tenants: ["default"],
      until: Date.now() + 60_000,
    },
    byLocal,
  );
  const association = await running.as("PEER");
  assert.equal(await send(association, object), 0);
  await running.gate.grants.closeVendorSession(session.id, byLocal);
  assert.equal((await echo(association)).status, statuses.notAuthorized);
  await association.release();
});
