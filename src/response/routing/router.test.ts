import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer as createHttp, type IncomingMessage } from "node:http";
import { createServer as createHttps } from "node:https";
import { type AddressInfo, createServer as createTcp, type Server } from "node:net";
import { type TestContext, test } from "node:test";
import { createServer as createTls } from "node:tls";
import fc from "fast-check";
import { SMTPServer } from "smtp-server";
import { need } from "../../../test/support/need.ts";
import { MemoryArchive } from "../../http/testing/memory-archive.ts";
import {
  type Destination,
  emailDestination,
  isPublicAddress,
  isSignedBy,
  Router,
  signatureOf,
  syslogDestination,
  webhookDestination,
} from "../index.ts";
import { makeCertificate } from "../testing/certificate.ts";
import { findingOf, person, testResponder } from "../testing/responder.ts";

const sender = { version: "1.2.3", hostname: "archive.example" };
const secret = Buffer.from("a secret of more than sixteen bytes");

async function portOf(t: TestContext, server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  return (server.address() as AddressInfo).port;
}

/** Waits until `holds`. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
}

async function routed(t: TestContext, destination: Destination, store = new MemoryArchive(), leastRisk = 0) {
  const tested = await testResponder(store);
  const failures: string[] = [];
  const router = await Router.start({
    responder: tested.responder,
    routes: [{ name: "one", destination, leastRisk }],
    store,
    clock: () => tested.clock.now,
    self: person("response").by,
    pause: 5,
    longestPause: 20,
    onFailure: (_, code) => failures.push(code),
  });
  t.after(() => router.close());
  return { ...tested, router, failures, store };
}

test("syslog over TLS: octet counted messages arrive, also those during which the receiver went away", {
  skip: need("openssl"),
}, async (t) => {
  const certificate = makeCertificate();
  let received = "";
  let breaks = 2;
  const server = createTls(certificate, (socket) => {
    socket.on("error", () => {});
    socket.on("data", (chunk) => {
      received += chunk.toString();
    });
  });
  const door = createTcp((socket) => {
    if (breaks-- > 0) socket.resetAndDestroy();
    else server.emit("connection", socket);
  });
  const port = await portOf(t, door);
  const tls = { ca: certificate.cert };
  const { responder, failures } = await routed(
    t,
    syslogDestination({ host: "localhost", port, body: "cef", tls }, sender),
  );
  responder.observe(findingOf());
  responder.observe(findingOf({}, { principal: "user:ann" }));
  await until(() => received.includes("user:ann"));
  assert.equal(failures.length, 2);
  const [, length, rest] = /^(\d+) ([\s\S]*)$/.exec(received)!;
  const first = Buffer.from(rest!).subarray(0, Number(length)).toString();
  assert.match(first, /^<82>1 .* CEF - CEF:0\|.*suser=user:eve.*cfp1Label=risk$/);
});

test("syslog: a receiver with a foreign certificate gets nothing", { skip: need("openssl") }, async (t) => {
  let received = "";
  const server = createTls(makeCertificate(), (socket) => {
    socket.on("error", () => {});
    socket.on("data", (chunk) => {
      received += chunk.toString();
    });
  });
  server.on("tlsClientError", () => {});
  const port = await portOf(t, server);
  const options = { host: "localhost", port, body: "cef", tls: { ca: makeCertificate().cert } } as const;
  const { responder, failures, router } = await routed(t, syslogDestination(options, sender));
  responder.observe(findingOf());
  await until(() => failures.length >= 2);
  assert.equal(received, "");
  assert.equal(router.waiting().get("one"), 1);
});

interface Received {
  headers: IncomingMessage["headers"];
  body: Buffer;
}

function receiver(answers: number[], all: Received[]) {
  return async (request: IncomingMessage, response: import("node:http").ServerResponse) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const status = answers.shift() ?? 204;
    if (status === 204) all.push({ headers: request.headers, body: Buffer.concat(chunks) });
    response.writeHead(status, status === 302 ? { location: "http://127.0.0.1:1/" } : {}).end();
  };
}

test("webhook: signed, in order, tried again until taken", { skip: need("openssl") }, async (t) => {
  const certificate = makeCertificate();
  const all: Received[] = [];
  const port = await portOf(t, createHttps(certificate, receiver([500, 302, 429], all)));
  const url = `https://localhost:${port}/hook`;
  const options = { url, secret, allowPrivate: true, ca: certificate.cert };
  const { responder, failures } = await routed(
    t,
    webhookDestination(options, sender, () => 1_700_000_000_000),
  );
  for (const name of ["a", "b", "c"]) responder.observe(findingOf({}, { principal: `user:${name}` }));
  await until(() => all.length === 3);
  assert.equal(failures.length, 3);
  const bodies = all.map(({ body }) => JSON.parse(body.toString()));
  assert.deepEqual(
    bodies.map(({ evidences }) => evidences[0].actor.user.uid),
    ["user:a", "user:b", "user:c"],
  );
  assert.deepEqual(
    all.map(({ headers }) => headers["holdfast-event-id"]),
    ["1", "2", "3"],
  );
  for (const { headers, body } of all) {
    const header = headers["holdfast-signature"] as string;
    assert.ok(isSignedBy(header, body, secret, 1_700_000_100));
    assert.ok(!isSignedBy(header, body, secret, 1_700_000_400));
    assert.ok(!isSignedBy(header, Buffer.concat([body, Buffer.from(" ")]), secret, 1_700_000_100));
    assert.ok(!isSignedBy(header, body, Buffer.from("another secret of enough"), 1_700_000_100));
  }
});

test("webhook: what could not be delivered is delivered after a restart, and nothing before it again", async (t) => {
  const all: Received[] = [];
  const answers: number[] = [];
  const port = await portOf(t, createHttp(receiver(answers, all)));
  const make = () =>
    webhookDestination({ url: `http://127.0.0.1:${port}/`, secret, allowPrivate: true }, sender, () => 0);
  const first = await routed(t, make());
  first.responder.observe(findingOf({}, { principal: "user:a" }));
  await until(() => all.length === 1 && first.router.waiting().get("one") === 0);
  answers.push(...new Array(1_000).fill(503));
  first.responder.observe(findingOf({}, { principal: "user:b" }));
  await until(() => first.failures.length > 1);
  await first.router.close();
  answers.length = 0;
  await routed(t, make(), first.store);
  await until(() => all.length === 2);
  assert.deepEqual(
    all.map(({ headers }) => headers["holdfast-event-id"]),
    ["1", "2"],
  );
});

test("webhook: private targets are refused, by address and by name, unless allowed", async (t) => {
  let asked = 0;
  const port = await portOf(
    t,
    createHttp((_request, response) => {
      asked++;
      response.end();
    }),
  );
  for (const host of ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1"]) {
    const destination = webhookDestination({ url: `https://${host}:${port}/`, secret }, sender, () => 0);
    const { responder, failures, router } = await routed(t, destination);
    responder.observe(findingOf());
    await until(() => failures.length > 0);
    assert.equal(failures[0], "request/denied", host);
    await router.close();
  }
  assert.equal(asked, 0);
  assert.throws(() => webhookDestination({ url: "http://example.org/", secret }, sender, () => 0), {
    code: "config/invalid",
  });
  assert.throws(() => webhookDestination({ url: "https://a:b@example.org/", secret }, sender, () => 0), {
    code: "config/invalid",
  });
  assert.throws(
    () => webhookDestination({ url: "https://example.org/", secret: Buffer.from("short") }, sender, () => 0),
    {
      code: "config/invalid",
    },
  );
});

test("addresses: private, local, mapped and documentation ranges are not public", () => {
  const inside = ["10.1.2.3", "172.31.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1"];
  inside.push(
    "::1",
    "::",
    "fe80::1",
    "fd00::1",
    "::ffff:10.0.0.1",
    "64:ff9b::a00:1",
    "2002:a00:1::",
    "ff02::1",
    "::7f00:1",
  );
  for (const address of [...inside, "localhost", ""]) assert.equal(isPublicAddress(address), false, address);
  for (const address of ["8.8.8.8", "172.32.0.1", "2606:4700::1111"])
    assert.equal(isPublicAddress(address), true, address);
  fc.assert(fc.property(fc.ipV4(), (address) => isPublicAddress(`::ffff:${address}`) === false));
});

test("email: arrives over SMTP with what a person needs", async (t) => {
  const mails: string[] = [];
  const server = new SMTPServer({
    disabledCommands: ["STARTTLS", "AUTH"],
    onData(stream, _session, done) {
      let mail = "";
      stream.on("data", (chunk) => {
        mail += chunk;
      });
      stream.on("end", () => {
        mails.push(mail);
        done();
      });
    },
  });
  const listening = server.listen(0, "127.0.0.1");
  await once(listening, "listening");
  t.after(() => new Promise<void>((resolve) => server.close(resolve)));
  const { port } = listening.address() as AddressInfo;
  const options = {
    host: "127.0.0.1",
    port,
    tls: "none",
    from: "holdfast@example.org",
    to: ["soc@example.org"],
  } as const;
  const { responder } = await routed(t, emailDestination({ ...options, to: [...options.to] }, sender));
  responder.observe(findingOf({}, { principal: "user:eve\r\nBcc: thief@example.org" }));
  await until(() => mails.length === 1);
  assert.match(mails[0]!, /^To: soc@example\.org\r$/m);
  assert.match(mails[0]!, /^- 120 objects changed in a minute, usually 2\r$/m);
  assert.ok(!/^Bcc:/m.test(mails[0]!.split("\r\n\r\n")[0]!));
});

test("only what is news and risky enough goes out", async (t) => {
  const sent: string[] = [];
  const destination: Destination = {
    async send(happening) {
      sent.push(
        happening.type === "alert" ? `${happening.alert.subject.principal} ${happening.alert.state}` : "containment",
      );
    },
    close() {},
  };
  const { responder, router } = await routed(t, destination, new MemoryArchive(), 0.8);
  responder.observe(findingOf());
  responder.observe(findingOf({ risk: 0.6 }, { principal: "user:low" }));
  const { id } = responder.inbox.all().find(({ subject }) => subject.principal === "user:eve")!;
  await until(() => sent.length === 1);
  await responder.inbox.comment(id, "looking", person("sam"));
  await responder.inbox.close(id, { reason: "benign" }, person("sam"));
  await until(() => router.waiting().get("one") === 0 && sent.length > 1);
  assert.deepEqual(sent, ["user:eve new", "user:eve closed"]);
});

test("a signature is HMAC-SHA256 over the time and the body, as openssl makes it", () => {
  const hex = "1ba6b8171186efc613e8bcc0cbdab2748f24984d7c5a84faa2637afa0e40d224";
  assert.equal(signatureOf(Buffer.from("{}"), Buffer.from("key"), 1), `t=1,v1=${hex}`);
});
