import assert from "node:assert/strict";
import { test } from "node:test";
import { aborts } from "../pdu/index.ts";
import { type ActionPort, type EventNumber, events, type State, states, type UpperLayerEvent } from "./port.ts";
import { localPrimitives, transition } from "./table.ts";

/** PS3.8 Table 9-10 and the actions of Tables 9-6 to 9-9, written down a second time: what each pair does. */
const acts: Record<string, (state: State, requestor: boolean) => { does: string[]; next: State }> = {
  "AE-1": () => ({ does: ["connect"], next: 4 }),
  "AE-2": () => ({ does: ["send A-ASSOCIATE-RQ"], next: 5 }),
  "AE-3": () => ({ does: ["confirm accept"], next: 6 }),
  "AE-4": () => ({ does: ["confirm reject", "close"], next: 1 }),
  "AE-5": () => ({ does: ["start ARTIM"], next: 2 }),
  "AE-6": () => ({ does: ["stop ARTIM", "indicate associate"], next: 3 }),
  "AE-7": () => ({ does: ["send A-ASSOCIATE-AC"], next: 6 }),
  "AE-8": () => ({ does: ["send A-ASSOCIATE-RJ", "start ARTIM"], next: 13 }),
  "DT-1": () => ({ does: ["send P-DATA-TF"], next: 6 }),
  "DT-2": () => ({ does: ["indicate data"], next: 6 }),
  "AR-1": () => ({ does: ["send A-RELEASE-RQ"], next: 7 }),
  "AR-2": () => ({ does: ["indicate release"], next: 8 }),
  "AR-3": () => ({ does: ["confirm release", "close"], next: 1 }),
  "AR-4": () => ({ does: ["send A-RELEASE-RP", "start ARTIM"], next: 13 }),
  "AR-5": () => ({ does: ["stop ARTIM"], next: 1 }),
  "AR-6": () => ({ does: ["indicate data"], next: 7 }),
  "AR-7": () => ({ does: ["send P-DATA-TF"], next: 8 }),
  "AR-8": (_state, requestor) => ({ does: ["indicate release"], next: requestor ? 9 : 10 }),
  "AR-9": () => ({ does: ["send A-RELEASE-RP"], next: 11 }),
  "AR-10": () => ({ does: ["confirm release"], next: 12 }),
  "AA-1": () => ({ does: ["send A-ABORT 0", "start ARTIM"], next: 13 }),
  "AA-2": () => ({ does: ["stop ARTIM", "close"], next: 1 }),
  "AA-3": () => ({ does: ["indicate abort", "close"], next: 1 }),
  "AA-4": () => ({ does: ["indicate abort"], next: 1 }),
  "AA-5": () => ({ does: ["stop ARTIM"], next: 1 }),
  "AA-6": () => ({ does: [], next: 13 }),
  "AA-7": () => ({ does: ["send A-ABORT 2"], next: 13 }),
  "AA-8": () => ({ does: ["send A-ABORT 2", "indicate abort", "start ARTIM"], next: 13 }),
};

const established: State[] = [6, 7, 8, 9, 10, 11, 12];

/** The action of every pair that the standard gives one; all other pairs are blank. */
function standard(event: EventNumber, state: State): string | undefined {
  const isPdu = [3, 4, 6, 10, 12, 13, 19].includes(event);
  const special: Record<string, string> = {
    "1/1": "AE-1", "2/4": "AE-2", "3/5": "AE-3", "4/5": "AE-4", "5/1": "AE-5", "6/2": "AE-6", "7/3": "AE-7",
    "8/3": "AE-8", "9/6": "DT-1", "9/8": "AR-7", "10/6": "DT-2", "10/7": "AR-6", "11/6": "AR-1", "12/6": "AR-2",
    "12/7": "AR-8", "13/7": "AR-3", "13/10": "AR-10", "13/11": "AR-3", "14/8": "AR-4", "14/9": "AR-9",
    "14/12": "AR-4", "15/4": "AA-2", "16/2": "AA-2", "16/13": "AA-2", "17/2": "AA-5", "17/13": "AR-5",
    "18/2": "AA-2", "18/13": "AA-2", "6/13": "AA-7", "19/13": "AA-7",
  }; // biome-ignore format: one line per row of the standard is no clearer
  const found = special[`${event}/${state}`];
  if (found) return found;
  const open = state === 3 || state === 5 || established.includes(state);
  if (isPdu && state === 2) return "AA-1";
  if (isPdu && state === 13) return "AA-6";
  if (isPdu && open) return "AA-8";
  if (event === 15 && open) return "AA-1";
  if (event === 16 && open) return "AA-3";
  if (event === 17 && (open || state === 4)) return "AA-4";
  return undefined;
}

function recorder(requestor: boolean): { port: ActionPort; done: string[] } {
  const done: string[] = [];
  const note = (what: string) => (): void => {
    done.push(what);
  };
  const port: ActionPort = {
    requestor,
    connect: note("connect"),
    sendAssociateRequest: note("send A-ASSOCIATE-RQ"),
    sendAssociateAccept: note("send A-ASSOCIATE-AC"),
    sendAssociateReject: note("send A-ASSOCIATE-RJ"),
    sendData: note("send P-DATA-TF"),
    sendReleaseRequest: note("send A-RELEASE-RQ"),
    sendReleaseReply: note("send A-RELEASE-RP"),
    sendAbort: ({ source }) => void done.push(`send A-ABORT ${source}`),
    closeTransport: note("close"),
    startArtim: note("start ARTIM"),
    stopArtim: note("stop ARTIM"),
    refusal: () => undefined,
    associateIndication: note("indicate associate"),
    associateConfirm: note("confirm accept"),
    rejectConfirm: note("confirm reject"),
    dataIndication: note("indicate data"),
    releaseIndication: note("indicate release"),
    releaseConfirm: note("confirm release"),
    abortIndication: note("indicate abort"),
  };
  return { port, done };
}

/** What comes with an event does not matter to the table. */
function eventOf(event: EventNumber): UpperLayerEvent {
  const abort = event === 19 ? aborts.invalidParameter : aborts.serviceUser;
  return { event, abort, parts: [] } as unknown as UpperLayerEvent;
}

for (const event of events) {
  test(`PS3.8 Table 9-10: event ${event} in every state`, () => {
    for (const state of states) {
      for (const requestor of [true, false]) {
        const expected = standard(event, state);
        const action = transition(event, state);
        assert.equal(action !== undefined, expected !== undefined, `event ${event}, Sta${state}: ${expected}`);
        if (!action || !expected) continue;
        const { port, done } = recorder(requestor);
        const next = action(port, eventOf(event));
        assert.deepEqual({ does: done, next }, acts[expected]!(state, requestor), `${expected} in Sta${state}`);
      }
    }
  });
}

test("a blank cell refuses the local user and nobody else", () => {
  assert.deepEqual([...localPrimitives], [1, 7, 8, 9, 11, 14, 15]);
});

test("AE-6 rejects when the provider cannot take the association", () => {
  const { port, done } = recorder(false);
  const refusing = { ...port, refusal: () => ({ result: 1, source: 2, reason: 2 }) };
  assert.equal(transition(6, 2)!(refusing, eventOf(6)), 13);
  assert.deepEqual(done, ["stop ARTIM", "send A-ASSOCIATE-RJ", "start ARTIM"]);
});
