/** The archive's side of witnessing: brings each new checkpoint to a witness and keeps the cosignature. */
import { open } from "node:fs/promises";
import { HoldfastError } from "../../core/index.ts";
import { type Checkpoint, openCheckpoint } from "../journal/checkpoint.ts";
import { ConsistencyProver } from "../journal/consistency.ts";
import { LeafWalk } from "../journal/leaves.ts";
import { NoteFile } from "../journal/note-file.ts";
import { checkpointNotes } from "../journal/notes.ts";
import { layoutOf } from "../layout.ts";
import type { Manifest } from "../manifest.ts";
import { claimedBy, signatureLine, signaturesOf, type Verifier } from "../note.ts";
import type { Remote } from "../remote/client.ts";
import { type Cosigned, openCosigned } from "./cosignature.ts";
import { encodeAddCheckpoint } from "./request.ts";

export interface CosignerOptions {
  dataFolder: string;
  manifest: Manifest;
  /** The witness's key, as it was told beforehand. */
  witness: Verifier;
  remote: Remote;
  cosignatures: CosignatureFile;
}

type Answer = Awaited<ReturnType<Remote["text"]>>;

/** Bytes; an answer is a few lines. */
const longestAnswer = 64 * 1024;

export class Cosigner {
  readonly #options: CosignerOptions;
  /** At the size that the witness has last cosigned. */
  #walk: LeafWalk | undefined;
  #cosigned: Cosigned | undefined;

  constructor(options: CosignerOptions, cosigned?: Cosigned) {
    this.#options = options;
    this.#cosigned = cosigned;
  }

  /** The newest cosignature. */
  get cosigned(): Cosigned | undefined {
    return this.#cosigned;
  }

  /**
   * One round: the newest checkpoint is cosigned, unless it is already.
   * @throws HoldfastError witness/failed when there is no answer of use, witness/unknown when the witness does not know
   * this archive, witness/refused when it knows another history
   */
  async round(): Promise<void> {
    const { dataFolder, manifest } = this.#options;
    const note = await newestNote(layoutOf(dataFolder).checkpoints);
    if (note === undefined) return;
    const checkpoint = openCheckpoint(note, manifest.key.verifier);
    const size = this.#cosigned?.size ?? 0;
    if (checkpoint.size === size) return;
    const answer = await this.#submit(note, checkpoint, size);
    const stated = sizeStated(answer);
    // The witness knows better than we where it was; a proof from there shows whether it was with us.
    if (stated !== undefined && stated !== size) await this.#keep(note, await this.#submit(note, checkpoint, stated));
    else await this.#keep(note, answer);
  }

  async #submit(note: string, checkpoint: Checkpoint, old: number): Promise<Answer> {
    if (old > checkpoint.size)
      throw new HoldfastError("witness/refused", `It has seen ${old} journal entries, this archive has fewer.`);
    const proof = await this.#proof(old, checkpoint.size);
    const body = encodeAddCheckpoint({ old, proof, note });
    return this.#options.remote.text("POST", "/add-checkpoint", longestAnswer, body).catch((cause) => {
      throw new HoldfastError("witness/failed", undefined, { cause });
    });
  }

  async #proof(old: number, size: number): Promise<Buffer[]> {
    const { dataFolder, manifest } = this.#options;
    const { journal } = layoutOf(dataFolder);
    if (old === 0) {
      this.#walk = undefined;
      return [];
    }
    if (this.#walk?.range.size !== old) this.#walk = await LeafWalk.at(journal, manifest.archive, old);
    const prover = new ConsistencyProver(this.#walk.range, size);
    const walk = this.#walk.clone();
    await walk.to(size, (leaf) => prover.append(leaf));
    this.#walk = walk;
    return prover.proof();
  }

  async #keep(note: string, { status, text }: Answer): Promise<void> {
    const { witness, cosignatures } = this.#options;
    if (status === 409 || status === 422) throw new HoldfastError("witness/refused");
    if (status === 403 || status === 404) throw new HoldfastError("witness/unknown");
    if (status !== 200) throw new HoldfastError("witness/failed", `It answered with status ${status}.`);
    const lines = claimedBy(signaturesOf(text), witness).map((bytes) => signatureLine(witness, bytes));
    const cosigned = openCosigned(note + lines.join(""), witness);
    if (!cosigned) throw new HoldfastError("witness/failed", "Its answer does not hold its cosignature.");
    await cosignatures.append(note + lines[0]!);
    this.#cosigned = cosigned;
  }
}

function sizeStated({ status, headers, text }: Answer): number | undefined {
  if (status !== 409 || !headers["content-type"]?.startsWith("text/x.tlog.size")) return undefined;
  const size = /^(0|[1-9]\d{0,14})\n$/.exec(text)?.[1];
  return size === undefined ? undefined : Number(size);
}

/** Bytes at the end of a file of notes that hold the newest ones. */
const tail = 64 * 1024;

async function newestNote(path: string): Promise<string | undefined> {
  return checkpointNotes(await tailOf(path)).at(-1);
}

async function tailOf(path: string): Promise<string> {
  const file = await open(path, "r").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (!file) return "";
  try {
    const { size } = await file.stat();
    const bytes = Buffer.alloc(Math.min(tail, size));
    const { bytesRead } = await file.read(bytes, 0, bytes.length, size - bytes.length);
    return bytes.toString("utf8", 0, bytesRead);
  } finally {
    await file.close();
  }
}

/** `journal/cosignatures`: checkpoints as witnesses cosigned them, oldest first, in the form of `journal/checkpoints`. */
export class CosignatureFile {
  readonly #file: NoteFile;
  readonly #newest: string[];
  #last: Promise<void> = Promise.resolve();

  private constructor(file: NoteFile, newest: string[]) {
    this.#file = file;
    this.#newest = newest;
  }

  static async open(path: string): Promise<CosignatureFile> {
    const file = await NoteFile.open(path);
    return new CosignatureFile(file, checkpointNotes(await tailOf(path)));
  }

  /** The newest cosignature of a witness among the last that were kept. */
  newestOf(witness: Verifier): Cosigned | undefined {
    return this.#newest
      .map((note) => openCosigned(note, witness))
      .filter((each) => each !== undefined)
      .at(-1);
  }

  /** Durable when it resolves. */
  append(note: string): Promise<void> {
    const done = this.#last.then(() => this.#file.append(note));
    this.#last = done.catch(() => {});
    return done;
  }

  async close(): Promise<void> {
    await this.#last;
    await this.#file.close();
  }
}
