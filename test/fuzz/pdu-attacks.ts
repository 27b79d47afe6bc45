import { commandFields, writeCommand } from "../../src/dimse/message/index.ts";
import {
  applicationContextName,
  writeAbort,
  writeAssociateAccept,
  writeAssociateRequest,
  writeReject,
  writeReleaseReply,
  writeReleaseRequest,
} from "../../src/dimse/pdu/index.ts";
import {
  associateRequest,
  dataPdu,
  echoRequest,
  type Heard,
  RawPeer,
  storeRequest,
} from "../../src/dimse/testing/raw-peer.ts";
import type { Random } from "./random.ts";

/** One way to misbehave. Tells what the server answered; rejects when it neither answered nor closed. */
export interface Attack {
  name: string;
  run(port: number, random: Random): Promise<string[]>;
}

/** Longer than all the server's timeouts together. */
const patience = 30_000;

/** Listens until the server closes; most peers leave when they are refused, some wait to be thrown out. */
async function untilClosed(peer: RawPeer, random: Random): Promise<string[]> {
  const timer = setTimeout(() => peer.socket.destroy(new Error("patience is over")), patience);
  const answers: string[] = [];
  for (;;) {
    const heard = await peer.next();
    answers.push(nameOf(heard));
    if ((heard.type === "abort" || heard.type === "associate-reject") && random.chance(0.9)) peer.socket.end();
    if (heard.type !== "closed") continue;
    clearTimeout(timer);
    if (peer.socket.errored?.message === "patience is over") throw new Error("the server neither answered nor closed");
    return answers;
  }
}

function nameOf(heard: Heard): string {
  if (heard.type === "abort") return `abort ${heard.abort.source}/${heard.abort.reason}`;
  if (heard.type === "associate-reject") {
    return `reject ${heard.reject.result}/${heard.reject.source}/${heard.reject.reason}`;
  }
  if (heard.type === "command") return `status ${(heard.command.status ?? 0).toString(16).padStart(4, "0")}`;
  return heard.type;
}

/** Says something and listens to the end; `accepted` asks for an association first. */
function saying(name: string, accepted: boolean, speak: (random: Random, peer: RawPeer) => void): Attack {
  return {
    name,
    async run(port, random) {
      const peer = accepted ? await RawPeer.associate(port) : await RawPeer.connect(port);
      if (accepted) {
        const first = await peer.next();
        // The crowd may have filled the house.
        if (first.type !== "associate-accept") return [nameOf(first)];
      }
      speak(random, peer);
      return untilClosed(peer, random);
    },
  };
}

/** Bytes changed, cut out, repeated or put in. */
function mutate(random: Random, bytes: Buffer): Buffer {
  let out = Buffer.from(bytes);
  for (let n = 1 + random.below(8); n > 0 && out.length > 0; n--) {
    const at = random.below(out.length);
    const some = 1 + random.below(16);
    const kind = random.below(4);
    if (kind === 0) out[at] = random.below(256);
    else if (kind === 1) out = Buffer.concat([out.subarray(0, at), out.subarray(at + some)]);
    else if (kind === 2) out = Buffer.concat([out.subarray(0, at), random.bytes(some), out.subarray(at)]);
    else out = Buffer.concat([out.subarray(0, at + some), out.subarray(at)]);
  }
  return out;
}

/** An association with some work, as one stream. */
function conversation(random: Random): Buffer[] {
  const parts = [writeAssociateRequest(associateRequest())];
  for (let id = 1; id <= 1 + random.below(4); id++) {
    if (random.chance(0.5)) parts.push(dataPdu(1, 3, writeCommand(echoRequest(id))));
    else parts.push(dataPdu(3, 3, writeCommand(storeRequest(id))), dataPdu(3, 2, random.bytes(random.below(500))));
  }
  parts.push(writeReleaseRequest());
  return parts;
}

const anyPdu = (random: Random): Buffer =>
  random.pick([
    () => writeAssociateRequest(associateRequest()),
    () => writeAssociateAccept({ ...associateRequest(), contexts: [{ id: 1, result: 0, transferSyntax: "1.2" }] }),
    () => writeReject({ result: random.below(256), source: random.below(256), reason: random.below(256) }),
    () => writeReleaseRequest(),
    () => writeReleaseReply(),
    () => writeAbort({ source: random.below(256), reason: random.below(256) }),
    () => dataPdu(random.below(256), random.below(256), random.bytes(random.below(100))),
    () => dataPdu(1, 3, writeCommand(echoRequest(random.below(65536)))),
    () => dataPdu(3, 3, writeCommand(storeRequest(random.below(65536)))),
    () => dataPdu(3, random.below(4), random.bytes(random.below(300))),
  ])();

const hugeLengths = [0xffffffff, 0xfffffffe, 0x80000000, 0x7fffffff, 0x10000000, 262_145];

function withLength(type: number, length: number): Buffer {
  const out = Buffer.alloc(6);
  out[0] = type;
  out.writeUInt32BE(length, 2);
  return out;
}

export const attacks: Attack[] = [
  saying("random bytes", false, (random, peer) => peer.send(random.bytes(1 + random.below(3000)))),
  saying("random bytes once associated", true, (random, peer) => peer.send(random.bytes(1 + random.below(3000)))),
  saying("a conversation with mutations", false, (random, peer) => {
    peer.send(mutate(random, Buffer.concat(conversation(random))));
  }),
  saying("one PDU of a conversation mutated", false, (random, peer) => {
    const parts = conversation(random);
    const victim = random.below(parts.length);
    peer.send(Buffer.concat(parts.map((part, index) => (index === victim ? mutate(random, part) : part))));
  }),
  saying("PDUs out of turn", true, (random, peer) => {
    for (let n = 1 + random.below(6); n > 0; n--) peer.send(anyPdu(random));
  }),
  saying("PDUs out of turn from the start", false, (random, peer) => {
    for (let n = 1 + random.below(6); n > 0; n--) peer.send(anyPdu(random));
  }),
  saying("a giant PDU announced", false, (random, peer) => {
    peer.send(withLength(1 + random.below(7), random.pick(hugeLengths)));
    peer.send(random.bytes(2000));
  }),
  saying("a giant PDU announced once associated", true, (random, peer) => {
    peer.send(withLength(random.pick([1, 4, 4, 4, 7]), random.pick(hugeLengths)));
    peer.send(random.bytes(2000));
  }),
  saying("a giant PDV announced", true, (random, peer) => {
    const pdu = dataPdu(1, 3, random.bytes(50));
    pdu.writeUInt32BE(random.pick([...hugeLengths, 0, 1, 53, 60]), 6);
    peer.send(pdu);
  }),
  saying("too many contexts", false, (random, peer) => {
    const many = Array.from({ length: 129 + random.below(200) }, (_, n) => ({
      id: (2 * n + 1) % 256,
      abstractSyntax: "1.2.840.10008.1.1",
      transferSyntaxes: ["1.2.840.10008.1.2"],
    }));
    peer.send(writeAssociateRequest(associateRequest({ contexts: many })));
  }),
  saying("repeated or even context IDs", false, (random, peer) => {
    const [first] = associateRequest().contexts;
    const contexts = random.chance(0.5) ? [first!, first!] : [{ ...first!, id: 2 * random.below(128) }];
    peer.send(writeAssociateRequest(associateRequest({ contexts })));
  }),
  saying("a request with strange fields", false, (random, peer) => {
    const text = (): string => random.bytes(random.below(16)).toString("latin1");
    peer.send(
      writeAssociateRequest(
        associateRequest({
          protocolVersion: random.below(65536),
          calledAeTitle: text(),
          callingAeTitle: text(),
          applicationContext: random.chance(0.5) ? applicationContextName : text(),
          contexts: [{ id: 1, abstractSyntax: text(), transferSyntaxes: [text(), text()] }],
        }),
      ),
    );
  }),
  saying("a command set bomb", true, (random, peer) => {
    for (let n = 0; n < 20; n++) peer.send(dataPdu(1, 1, Buffer.alloc(1 + random.below(4000))));
  }),
  saying("a command set of garbage", true, (random, peer) => {
    peer.send(dataPdu(1, 3, mutate(random, writeCommand(random.pick([echoRequest(), storeRequest()])))));
  }),
  saying("endless empty fragments", true, (_random, peer) => {
    const empty = dataPdu(1, 1, Buffer.alloc(0));
    for (let n = 0; n < 2000; n++) peer.send(empty);
  }),
  saying("an identifier bomb", true, (random, peer) => {
    peer.message(1, { ...echoRequest(), commandField: random.pick(requestFields), hasDataSet: true });
    for (let n = 0; n < 40; n++) peer.send(dataPdu(1, 0, Buffer.alloc(4000)));
  }),
  saying("any command on any context with any data", true, (random, peer) => {
    for (let n = 1 + random.below(5); n > 0; n--) {
      const hasDataSet = random.chance(0.6);
      const command = { ...storeRequest(random.below(65536)), commandField: anyField(random), hasDataSet };
      peer.message(random.pick([1, 3, 5]), command, random.chance(0.8) ? random.bytes(random.below(300)) : undefined);
    }
  }),
  saying("messages interleaved", true, (random, peer) => {
    peer.send(dataPdu(3, 3, writeCommand(storeRequest())));
    peer.send(dataPdu(random.pick([1, 5, 255]), random.below(4), writeCommand(echoRequest())));
  }),
  saying("requests without waiting", true, (_random, peer) => {
    for (let id = 1; id <= 200; id++) peer.message(1, echoRequest(id));
    peer.send(writeReleaseRequest());
  }),
  saying("silence", false, () => {}),
  saying("silence once associated", true, () => {}),
  saying("silence amid an object", true, (random, peer) => {
    peer.send(dataPdu(3, 3, writeCommand(storeRequest())));
    peer.send(dataPdu(3, 0, random.bytes(200)));
    peer.send(withLength(4, 5000));
  }),
  {
    name: "a byte now and then",
    async run(port, random) {
      const peer = await RawPeer.connect(port);
      const stream = Buffer.concat(conversation(random));
      let at = 0;
      const drip = setInterval(() => peer.send(stream.subarray(at, ++at)), 15);
      return untilClosed(peer, random).finally(() => clearInterval(drip));
    },
  },
  {
    name: "gone amid a conversation",
    async run(port, random) {
      const peer = await RawPeer.connect(port);
      const stream = Buffer.concat(conversation(random));
      peer.send(stream.subarray(0, random.below(stream.length)));
      await new Promise((resolve) => setTimeout(resolve, random.below(10)));
      random.chance(0.5) ? peer.socket.resetAndDestroy() : peer.close();
      return [];
    },
  },
  {
    name: "half-closed",
    async run(port, random) {
      const peer = await RawPeer.connect(port);
      const stream = Buffer.concat(conversation(random));
      peer.socket.end(stream.subarray(0, random.below(stream.length)));
      return untilClosed(peer, random);
    },
  },
  {
    name: "never reads",
    async run(port, random) {
      const peer = await RawPeer.associate(port);
      const first = await peer.next();
      if (first.type !== "associate-accept") return [nameOf(first)];
      peer.socket.pause();
      for (let id = 1; id <= 3_000; id++) peer.message(1, echoRequest(id));
      await new Promise((resolve) => setTimeout(resolve, 600));
      peer.socket.resume();
      return untilClosed(peer, random);
    },
  },
  {
    name: "a flood of connections",
    async run(port, random) {
      const flood = Array.from({ length: 10 }, async () => {
        const peer = await RawPeer.connect(port);
        if (random.chance(0.5)) peer.send(writeAssociateRequest(associateRequest()));
        await new Promise((resolve) => setTimeout(resolve, 20));
        peer.close();
      });
      await Promise.all(flood);
      return [];
    },
  },
];

const requestFields = Object.values(commandFields).filter((field) => field < 0x8000 && field !== 0x0fff);

const anyField = (random: Random): number =>
  random.chance(0.7) ? random.pick(Object.values(commandFields)) : random.below(65536);
