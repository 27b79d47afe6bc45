/** What stands between an archive and its object store: slow, and lying in every way that is asked for. */
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

export const lies = [
  "the connection drops before the request is there",
  "the answer is lost",
  "a body breaks off",
  "a body is short and said to be whole",
  "a bit of a body is another",
  "what is written arrives altered",
  "a listing is an old one",
  "it is slow",
  "it is busy",
] as const;
export type Lie = (typeof lies)[number];

export interface LyingStore extends Disposable {
  endpoint: string;
  /** The lie for a request; undefined: none. */
  lie: (method: string, isListing: boolean) => Lie | undefined;
  /** How often each was told. */
  told: Map<Lie, number>;
}

interface Answer {
  status: number;
  headers: IncomingMessage["headers"];
  body: Buffer;
}

export async function lyingStore(endpoint: string): Promise<LyingStore> {
  const { hostname, port } = new URL(endpoint);
  const listings = new Map<string, Answer>();
  const server = createServer(async (asked, answer) => {
    try {
      await pass(asked, answer);
    } catch {
      answer.destroy();
    }
  });
  const store: LyingStore = {
    endpoint: "",
    lie: () => undefined,
    told: new Map(),
    [Symbol.dispose]() {
      server.close();
      server.closeAllConnections();
    },
  };
  const forward = (asked: IncomingMessage, sent: Buffer): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const { method, url, headers } = asked;
      const on = request({ hostname, port, method, path: url, headers }, async (got) => {
        resolve({ status: got.statusCode!, headers: got.headers, body: await bytesOf(got) });
      });
      on.on("error", reject);
      on.end(sent);
    });
  const pass = async (asked: IncomingMessage, answer: ServerResponse): Promise<void> => {
    const isListing = asked.method === "GET" && /[?&]versions/.test(asked.url!);
    const lie = store.lie(asked.method!, isListing);
    if (lie) store.told.set(lie, (store.told.get(lie) ?? 0) + 1);
    const sent = await bytesOf(asked);
    if (lie === lies[0]) return void answer.destroy();
    if (lie === "it is busy") return void answer.writeHead(503).end();
    if (lie === "it is slow") await sleep(300);
    const wrong = lie === "what is written arrives altered" && sent.length > 0;
    const got = await forward(asked, wrong ? flipped(sent) : sent);
    if (lie === "the answer is lost") return void answer.destroy();
    const old = isListing ? listings.get(asked.url!) : undefined;
    if (isListing && got.status === 200) listings.set(asked.url!, got);
    const { status, headers, body } = lie === "a listing is an old one" && old ? old : got;
    const is = asked.method === "GET" && body.length > 1;
    if (lie === "a body is short and said to be whole" && is) {
      const half = body.subarray(0, body.length >> 1);
      answer.writeHead(status, { ...headers, "content-length": half.length }).end(half);
    } else if (lie === "a body breaks off" && is) {
      answer.writeHead(status, headers);
      answer.write(body.subarray(0, body.length >> 1), () => answer.destroy());
    } else answer.writeHead(status, headers).end(lie === "a bit of a body is another" && is ? flipped(body) : body);
  };
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  store.endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return store;
}

function flipped(body: Buffer): Buffer {
  const altered = Buffer.from(body);
  altered[altered.length >> 1]! ^= 1;
  return altered;
}

async function bytesOf(from: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of from) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
