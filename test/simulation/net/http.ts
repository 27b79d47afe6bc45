/** node:http for the system under test, over the simulated network. An address names both ends: http://CLIENT-BOOT.SERVER. */
import { EventEmitter } from "node:events";
import { Readable } from "node:stream";
import { world } from "../world/world.ts";
import type { Arrived, Client } from "./network.ts";

export const addressOf = (client: string, boot: number, server: string): string => `http://${client}-${boot}.${server}`;

export class Agent {
  destroy(): void {}
}

interface Options {
  method: string;
  headers: Record<string, string>;
}

type Answer = Readable & { statusCode: number; headers: Record<string, string>; setTimeout(): void };

class Asked extends EventEmitter {
  readonly #url: URL;
  readonly #options: Options;
  readonly #answered: (answer: Answer) => void;

  constructor(url: URL, options: Options, answered: (answer: Answer) => void) {
    super();
    this.#url = url;
    this.#options = options;
    this.#answered = answered;
  }

  end(body = ""): void {
    const [from = "", server = ""] = this.#url.hostname.split(".");
    const [machine = "", boot] = from.split("-");
    const client = { disk: world().disks.get(machine)!, boot: Number(boot) };
    const { method, headers } = this.#options;
    const request = { method, headers, path: this.#url.pathname, body };
    world()
      .network.ask(client, server, request)
      .then(
        (arrived) => this.#answered(answerOf(arrived, client)),
        (error: Error) => this.emit("error", error),
      );
  }

  destroy(error?: Error): void {
    if (error) this.emit("error", error);
  }
}

export function request(url: string, options: Options, answered: (answer: Answer) => void): Asked {
  return new Asked(new URL(url), options, answered);
}

function answerOf(arrived: Arrived, client: Client): Answer {
  const { status: statusCode, headers } = arrived;
  return Object.assign(Readable.from(chunks(arrived, client)), { statusCode, headers, setTimeout: () => {} });
}

async function* chunks({ body, breaksAt }: Arrived, { disk, boot }: Client): AsyncGenerator<Buffer> {
  const { random } = disk.world;
  const end = breaksAt ?? body.length;
  for (let at = 0; at < end; ) {
    const size = random.chance(0.5) ? end - at : random.int(1, end - at);
    await disk.world.sleep(random.next());
    if (disk.boot !== boot) await new Promise(() => {});
    yield body.subarray(at, at + size);
    at += size;
  }
  if (breaksAt !== undefined) throw Object.assign(new Error("aborted"), { code: "ECONNRESET" });
}
