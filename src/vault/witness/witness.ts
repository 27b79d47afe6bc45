/** A witness (C2SP tlog-witness): cosigns a log's checkpoint when it extends the last one, which it keeps first. */
import type { Clock } from "../../core/index.ts";
import { checkpointOf, openCheckpoint } from "../journal/checkpoint.ts";
import { isConsistent } from "../journal/consistency.ts";
import { algorithms, claimedBy, parseNote, parseVerifier, signatureLine, verifies } from "../note.ts";
import { cosign } from "./cosignature.ts";
import { decodeAddCheckpoint } from "./request.ts";
import { originHash, type WitnessStore } from "./store.ts";

export interface WitnessOptions {
  store: WitnessStore;
  /** Verifier keys of the logs that it witnesses. */
  logs: string[];
  now: Clock;
  /** Told what it refused, without any content. */
  onRefusal?: (origin: string, status: number) => void;
}

/** An HTTP response. */
export interface WitnessAnswer {
  status: number;
  type: string;
  body: string;
}

interface Seen {
  size: number;
  root: Buffer;
  note: string;
}

const text = "text/plain; charset=utf-8";
const refused = (status: number, body: string): WitnessAnswer => ({ status, type: text, body: `${body}\n` });

export class Witness {
  readonly #options: WitnessOptions;
  /** Verifier keys by origin. */
  readonly #logs: Map<string, string[]>;
  /** One request of a log at a time: nothing comes between the look and the write. */
  readonly #turns = new Map<string, Promise<unknown>>();

  /** @throws HoldfastError storage/key when a verifier key is malformed */
  constructor(options: WitnessOptions) {
    this.#options = options;
    this.#logs = Map.groupBy(options.logs, (log) => parseVerifier(log, algorithms.ed25519).name);
  }

  /** `add-checkpoint`: 200 with the cosignature; 400, 403, 404, 409 or 422 as the protocol says. */
  async addCheckpoint(body: string): Promise<WitnessAnswer> {
    const asked = decodeAddCheckpoint(body);
    const origin = asked && originOf(asked.note);
    if (!asked || origin === undefined) return refused(400, "malformed");
    const keys = this.#logs.get(origin);
    if (!keys) return refused(404, "unknown origin");
    const checkpoint = keys.map((key) => opened(asked.note, key)).find((each) => each !== undefined);
    if (!checkpoint) return this.#refuse(origin, 403, "not signed by a known key");
    if (asked.old > checkpoint.size) return refused(400, "the old size is above that of the checkpoint");
    return this.#inTurn(origin, async () => {
      const seen = await this.#seen(origin);
      const { size, root } = seen ?? { size: 0, root: Buffer.alloc(32) };
      if (asked.old !== size) return { status: 409, type: "text/x.tlog.size", body: `${size}\n` };
      if (seen && size === checkpoint.size && !root.equals(checkpoint.root))
        return this.#refuse(origin, 409, "another root at this size was cosigned");
      if (!isConsistent({ size, root }, checkpoint, asked.proof))
        return this.#refuse(origin, 422, "the proof does not hold");
      // Kept before it is signed: what a cosignature says, the witness never forgets.
      if (seen?.size !== checkpoint.size) await this.#options.store.write(origin, checkpoint.note);
      return { status: 200, type: text, body: this.#sign(checkpoint.note) };
    });
  }

  /** The largest checkpoint of a log, by the SHA-256 (hex) of its origin, cosigned as of now. */
  async latest(hash: string): Promise<WitnessAnswer> {
    const origin = [...this.#logs.keys()].find((each) => originHash(each) === hash);
    if (origin === undefined) return refused(404, "unknown origin");
    return this.#inTurn(origin, async () => {
      const seen = await this.#seen(origin);
      if (!seen) return refused(404, "no checkpoint was cosigned");
      return { status: 200, type: text, body: `${seen.note}${this.#sign(seen.note)}` };
    });
  }

  #sign(note: string): string {
    const { store, now } = this.#options;
    return cosign(parseNote(note).body, store.verifier, store.signing, Math.floor(now() / 1000));
  }

  async #seen(origin: string): Promise<Seen | undefined> {
    const note = await this.#options.store.read(origin);
    if (note === undefined) return undefined;
    // A damaged memory is an error, never a beginning.
    return { ...checkpointOf(parseNote(note).body), note };
  }

  #refuse(origin: string, status: number, why: string): WitnessAnswer {
    this.#options.onRefusal?.(origin, status);
    return refused(status, why);
  }

  #inTurn<T>(origin: string, action: () => Promise<T>): Promise<T> {
    const turn = (this.#turns.get(origin) ?? Promise.resolve()).then(action);
    this.#turns.set(
      origin,
      turn.catch(() => {}),
    );
    return turn;
  }
}

function originOf(note: string): string | undefined {
  try {
    return checkpointOf(parseNote(note).body).origin;
  } catch {
    return undefined;
  }
}

/** The checkpoint with the signatures of this key alone: what else a stranger adds to a note is not kept. */
function opened(note: string, key: string): Seen | undefined {
  try {
    const { size, root } = openCheckpoint(note, key);
    const verifier = parseVerifier(key, algorithms.ed25519);
    const { body, signatures } = parseNote(note);
    const own = claimedBy(signatures, verifier).filter((signature) => verifies(body, signature, verifier));
    return { size, root, note: `${body}\n${signatureLine(verifier, own[0]!)}` };
  } catch {
    return undefined;
  }
}
