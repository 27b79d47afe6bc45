import assert from "node:assert/strict";
import { test } from "node:test";
import { DataSet } from "../../dicom/index.ts";
import {
  action,
  associate,
  type EventReport,
  eventReport,
  find,
  get,
  move,
  type RetrievedItem,
  type RoleSelection,
  type ServiceHandlers,
  StatusError,
  sopClasses,
  statuses,
  storageCommitmentInstance,
} from "../index.ts";
import { serve } from "../testing/server.ts";

const [patientId, studyUid, transactionUid] = [0x00100020, 0x0020000d, 0x00081195];
const ct = "1.2.840.10008.5.1.4.1.1.2";
const mr = "1.2.840.10008.5.1.4.1.1.4";
const explicit = "1.2.840.10008.1.2.1";
const jpeg = "1.2.840.10008.1.2.4.50";

const identifier = () => new DataSet().set(patientId, "LO", "P*").set(studyUid, "UI", "");

function connect(port: number, sopClassUids: string[], handlers: ServiceHandlers = {}, roles: RoleSelection[] = []) {
  return associate({
    host: "127.0.0.1",
    port,
    calledAeTitle: "ARCHIVE",
    callingAeTitle: "PEER",
    contexts: sopClassUids.map((abstractSyntax) => ({ abstractSyntax, transferSyntaxes: [explicit] })),
    handlers,
    roles,
  });
}

/** The values of a generator and what it returns. */
async function drain<T, R>(generator: AsyncGenerator<T, R>): Promise<{ values: T[]; outcome: R }> {
  const values: T[] = [];
  for (;;) {
    const { value, done } = await generator.next();
    if (done) return { values, outcome: value };
    values.push(value);
  }
}

test("C-FIND streams matches in order, then success", async () => {
  const count = 5_000;
  await using served = await serve({
    handlers: {
      async *find(asked) {
        assert.equal(asked.string(patientId), "P*");
        for (let n = 0; n < count; n++) yield { identifier: new DataSet().set(patientId, "LO", `P${n}`) };
      },
    },
  });
  const association = await connect(served.port, [sopClasses.studyRootFind]);
  const request = { sopClassUid: sopClasses.studyRootFind, identifier: identifier() };
  const { values, outcome } = await drain(find(association, request));
  assert.deepEqual(outcome, { status: 0 });
  assert.deepEqual(
    values.map((match) => match.string(patientId)),
    Array.from({ length: count }, (_, n) => `P${n}`),
  );
  await association.release();
});

test("a consumer that is slow holds back the matches", async () => {
  let made = 0;
  await using served = await serve({
    handlers: {
      async *find() {
        for (; made < 100_000; made++) yield { identifier: new DataSet().set(patientId, "LO", "P".repeat(60)) };
      },
    },
  });
  const association = await connect(served.port, [sopClasses.studyRootFind]);
  const matches = find(association, { sopClassUid: sopClasses.studyRootFind, identifier: identifier() });
  await matches.next();
  await new Promise((resolve) => setTimeout(resolve, 300));
  assert.ok(made < 60_000, `${made} matches were made while nobody read`);
  association.abort();
});

for (const how of ["signal", "early stop"]) {
  test(`C-FIND is cancelled by ${how}, and the association goes on`, async () => {
    let cancelled = 0;
    await using served = await serve({
      handlers: {
        async *find(_asked, operation) {
          operation.signal.addEventListener("abort", () => cancelled++);
          for (let n = 0; ; n++) {
            await new Promise((resolve) => setImmediate(resolve));
            yield { identifier: new DataSet().set(patientId, "LO", `P${n}`) };
          }
        },
      },
    });
    const association = await connect(served.port, [sopClasses.studyRootFind]);
    const controller = new AbortController();
    const request = { sopClassUid: sopClasses.studyRootFind, identifier: identifier(), signal: controller.signal };
    const matches = find(association, request);
    if (how === "signal") {
      await matches.next();
      controller.abort();
      assert.equal((await drain(matches)).outcome.status, statuses.cancel);
    } else for await (const _ of matches) break;
    assert.equal(cancelled, 1);
    const again = find(association, { ...request, signal: AbortSignal.timeout(20) });
    assert.equal((await drain(again)).outcome.status, statuses.cancel);
    await association.release();
  });
}

test("what a handler throws becomes the status", async () => {
  const failures = [new StatusError(0xa900, "request/invalid", "No level."), new Error("a secret of the inside")];
  await using served = await serve({
    handlers: {
      // biome-ignore lint/correctness/useYield: it fails before the first
      async *find() {
        throw failures.shift();
      },
    },
  });
  const association = await connect(served.port, [sopClasses.studyRootFind]);
  const ask = async () =>
    (await drain(find(association, { sopClassUid: sopClasses.studyRootFind, identifier: identifier() }))).outcome;
  const refused = await ask();
  assert.equal(refused.status, 0xa900);
  assert.match(refused.comment ?? "", /No level\./);
  assert.deepEqual(await ask(), { status: 0xc000 });
  await association.release();
});

const item = (n: number, changes: Partial<RetrievedItem> = {}): RetrievedItem => ({
  sopClassUid: ct,
  sopInstanceUid: `1.2.3.${n}`,
  transferSyntaxUid: explicit,
  size: 1000,
  async *dataSet() {
    yield new Uint8Array(1000).fill(n);
  },
  ...changes,
});

const broken = async function* (): AsyncGenerator<Uint8Array> {
  yield new Uint8Array(10);
  throw new Error("disk");
};

/** Five that can be sent, one of another class, one in another syntax, one that cannot be read. */
const mixed = [
  ...[1, 2, 3, 4, 5].map((n) => item(n)),
  item(6, { sopClassUid: mr }),
  item(7, { transferSyntaxUid: jpeg }),
  item(8, { dataSet: broken }),
];

function storing(): { handlers: ServiceHandlers; stored: string[] } {
  const stored: string[] = [];
  const handlers: ServiceHandlers = {
    store: ({ sopInstanceUid, moveOriginator }) => ({
      write: () => undefined,
      async end() {
        stored.push(`${sopInstanceUid}${moveOriginator ? ` for ${moveOriginator.aeTitle}` : ""}`);
        return { status: sopInstanceUid === "1.2.3.2" ? 0xb000 : 0 };
      },
      abort: () => {},
    }),
  };
  return { handlers, stored };
}

test("C-GET: each instance over its context, failures counted and listed, others go on", async () => {
  const totals: object[] = [];
  await using served = await serve({
    handlers: { get: async () => ({ items: mixed, finished: (value) => void totals.push(value) }) },
  });
  const { handlers, stored } = storing();
  const roles = [{ sopClassUid: ct, scu: false, scp: true }];
  const association = await connect(served.port, [sopClasses.studyRootGet, ct], handlers, roles);
  const request = { sopClassUid: sopClasses.studyRootGet, identifier: identifier() };
  const { values, outcome } = await drain(get(association, request));
  assert.deepEqual(
    stored,
    [1, 2, 3, 4, 5].map((n) => `1.2.3.${n}`),
  );
  const expected = { status: 0xb000, remaining: undefined, completed: 4, failed: 3, warning: 1 };
  assert.deepEqual(outcome, { ...expected, failedSopInstanceUids: ["1.2.3.6", "1.2.3.7", "1.2.3.8"] });
  assert.deepEqual(
    values.map((counts) => counts.remaining),
    [7, 6, 5, 4, 3, 2, 1],
  );
  assert.deepEqual(totals, [{ completed: 4, failed: 3, warning: 1, bytes: 5000, cancelled: false }]);
  await association.release();
});

test("C-GET without the SCP role: nothing can be sent", async () => {
  await using served = await serve({ handlers: { get: async () => ({ items: [item(1)] }) } });
  const association = await connect(served.port, [sopClasses.studyRootGet, ct]);
  const request = { sopClassUid: sopClasses.studyRootGet, identifier: identifier() };
  const { outcome } = await drain(get(association, request));
  assert.equal(outcome.status, statuses.unableToPerformSubOperations);
  assert.equal(outcome.failed, 1);
  await association.release();
});

test("C-GET is cancelled between sub-operations", async () => {
  await using served = await serve({
    handlers: { get: async () => ({ items: Array.from({ length: 1000 }, (_, n) => item(n)) }) },
  });
  const { handlers } = storing();
  const roles = [{ sopClassUid: ct, scu: false, scp: true }];
  const association = await connect(served.port, [sopClasses.studyRootGet, ct], handlers, roles);
  const controller = new AbortController();
  const request = { sopClassUid: sopClasses.studyRootGet, identifier: identifier(), signal: controller.signal };
  const progress = get(association, request);
  await progress.next();
  controller.abort();
  const { outcome } = await drain(progress);
  assert.equal(outcome.status, statuses.cancel);
  assert.ok(outcome.remaining! > 0);
  assert.equal(outcome.remaining! + outcome.completed! + outcome.failed! + outcome.warning!, 1000);
  await association.release();
});

test("C-MOVE sends over associations of its own and names the originator", async () => {
  const { handlers, stored } = storing();
  await using destination = await serve({ handlers });
  await using served = await serve({
    handlers: {
      async move({ destination: aeTitle }) {
        assert.equal(aeTitle, "THERE");
        return { items: mixed, destination: { aeTitle, host: "127.0.0.1", port: destination.port } };
      },
    },
  });
  const association = await connect(served.port, [sopClasses.studyRootMove]);
  const request = { sopClassUid: sopClasses.studyRootMove, identifier: identifier(), destination: "THERE" };
  const { outcome } = await drain(move(association, request));
  assert.deepEqual(
    stored,
    [1, 2, 3, 4, 5, 6, 7].map((n) => `1.2.3.${n} for PEER`),
  );
  assert.equal(outcome.status, 0xb000);
  assert.deepEqual([outcome.completed, outcome.failed, outcome.warning], [6, 1, 1]);
  assert.deepEqual(outcome.failedSopInstanceUids, ["1.2.3.8"]);
  await association.release();
});

test("C-MOVE of more than 128 pairs of class and syntax uses several associations", async () => {
  const { handlers, stored } = storing();
  let associations = 0;
  await using destination = await serve({ handlers, observer: { opened: () => void associations++ } });
  const items = Array.from({ length: 300 }, (_, n) => item(n, { sopClassUid: `1.2.999.${n}` }));
  await using served = await serve({
    handlers: {
      move: async () => ({ items, destination: { aeTitle: "THERE", host: "127.0.0.1", port: destination.port } }),
    },
  });
  const association = await connect(served.port, [sopClasses.studyRootMove]);
  const request = { sopClassUid: sopClasses.studyRootMove, identifier: identifier(), destination: "THERE" };
  const { outcome } = await drain(move(association, request));
  assert.deepEqual([outcome.status, stored.length, associations], [0xb000, 300, 3]);
  await association.release();
});

test("C-MOVE to nobody fails as a whole, and soon", async () => {
  await using served = await serve({
    handlers: {
      move: async () => ({ items: mixed, destination: { aeTitle: "THERE", host: "127.0.0.1", port: 1 } }),
    },
  });
  const association = await connect(served.port, [sopClasses.studyRootMove]);
  const request = { sopClassUid: sopClasses.studyRootMove, identifier: identifier(), destination: "THERE" };
  const { outcome } = await drain(move(association, request));
  assert.deepEqual([outcome.status, outcome.failed], [statuses.unableToPerformSubOperations, mixed.length]);
  await association.release();
});

const transaction = () => new DataSet().set(transactionUid, "UI", "1.2.3");
const commitment = { sopClassUid: sopClasses.storageCommitment, sopInstanceUid: storageCommitmentInstance };

test("N-ACTION is answered, then reported by N-EVENT-REPORT on the same association", async () => {
  const reported = Promise.withResolvers<number>();
  await using served = await serve({
    handlers: {
      async action({ actionTypeId, information }) {
        assert.equal(information?.string(transactionUid), "1.2.3");
        return {
          status: actionTypeId === 1 ? 0 : statuses.noSuchAction,
          async afterwards(report) {
            reported.resolve((await report({ ...commitment, eventTypeId: 1, information: transaction() })).status);
          },
        };
      },
    },
  });
  const heard = Promise.withResolvers<EventReport>();
  const association = await connect(served.port, [sopClasses.storageCommitment], {
    async eventReport(event) {
      heard.resolve(event);
      return { status: 0 };
    },
  });
  assert.deepEqual(await action(association, { ...commitment, actionTypeId: 1, information: transaction() }), {
    status: 0,
  });
  const event = await heard.promise;
  assert.deepEqual([event.eventTypeId, event.sopInstanceUid], [1, storageCommitmentInstance]);
  assert.equal(event.information?.string(transactionUid), "1.2.3");
  assert.equal(await reported.promise, 0);
  await association.release();
});

test("N-EVENT-REPORT over an association of the reporter, with role selection", async () => {
  const roles: boolean[] = [];
  await using served = await serve({
    handlers: { eventReport: async ({ eventTypeId }) => ({ status: eventTypeId === 2 ? 0 : 0x0113 }) },
    observer: {
      opened({ info }) {
        for (const context of info.contexts.values()) roles.push(context.requestorScu, context.requestorScp);
      },
    },
  });
  const association = await connect(served.port, [sopClasses.storageCommitment], {}, [
    { sopClassUid: sopClasses.storageCommitment, scu: false, scp: true },
  ]);
  assert.deepEqual(await eventReport(association, { ...commitment, eventTypeId: 2, information: transaction() }), {
    status: 0,
  });
  assert.deepEqual(await eventReport(association, { ...commitment, eventTypeId: 3, information: undefined }), {
    status: 0x0113,
  });
  assert.deepEqual(roles, [false, true]);
  await association.release();
});
