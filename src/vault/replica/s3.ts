/** A bucket with Object Lock: each object is written locked in compliance mode, which no credential of S3 can lift. */
import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import {
  DeleteObjectCommand,
  GetObjectCommand,
  type GetObjectCommandOutput,
  GetObjectRetentionCommand,
  ListObjectVersionsCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
  PutObjectRetentionCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { type Clock, HoldfastError } from "../../core/index.ts";
import { digestOf } from "./point.ts";
import type { ReplicaTarget, Stored } from "./target.ts";

export interface S3Options {
  bucket: string;
  /** Before every name; no slash at its ends. */
  prefix: string;
  endpoint?: string;
  region?: string;
  /** Absent: as the AWS SDK finds them (environment, profile, instance role). */
  credentials?: { accessKeyId: string; secretAccessKey: string };
  /** How long each object stays locked. */
  retentionDays: number;
  now: Clock;
}

const day = 24 * 60 * 60 * 1000;
/** A canary need not outlive the next probes. */
const canaryLock = day; // ms

export class S3Target implements ReplicaTarget {
  readonly place: string;
  readonly #options: S3Options;
  readonly #client: S3Client;
  /** It knows no other checksum of what is to be locked, as stores made before 2022 do. */
  #asksForMd5 = false;

  constructor(options: S3Options) {
    this.#options = options;
    this.place = `s3://${options.bucket}/${options.prefix}`;
    this.#client = new S3Client({
      region: options.region ?? "us-east-1",
      ...(options.endpoint ? { endpoint: options.endpoint, forcePathStyle: true } : {}),
      ...(options.credentials ? { credentials: options.credentials } : {}),
      requestChecksumCalculation: "WHEN_REQUIRED",
      responseChecksumValidation: "WHEN_REQUIRED",
      maxAttempts: 4,
    });
  }

  async add(name: string, bytes: Buffer, digest?: string): Promise<void> {
    await this.#put(name, bytes, this.#options.retentionDays * day, digest);
  }

  async *list(prefix: string): AsyncGenerator<Stored> {
    const { bucket } = this.#options;
    let from: { KeyMarker?: string; VersionIdMarker?: string } = {};
    let same: (Stored & { time: number })[] = [];
    for (;;) {
      const page = await this.#client.send(
        new ListObjectVersionsCommand({ Bucket: bucket, Prefix: this.#key(prefix), ...from }),
      );
      for (const { Key, VersionId, Size, LastModified } of page.Versions ?? []) {
        const name = Key!.slice(this.#key("").length);
        if (same.length > 0 && same[0]!.name !== name) {
          yield* oldestFirst(same);
          same = [];
        }
        same.push({ name, version: VersionId!, size: Size ?? 0, time: LastModified?.getTime() ?? 0 });
      }
      if (!page.IsTruncated) break;
      from = { KeyMarker: page.NextKeyMarker!, VersionIdMarker: page.NextVersionIdMarker! };
    }
    yield* oldestFirst(same);
  }

  async read({ name, version }: Stored): Promise<Buffer> {
    const answer = await this.#client.send(
      new GetObjectCommand({ Bucket: this.#options.bucket, Key: this.#key(name), VersionId: version }),
    );
    return bytesOf(answer);
  }

  async newest(name: string, into?: Buffer): Promise<Buffer | undefined> {
    try {
      return await bytesOf(
        await this.#client.send(new GetObjectCommand({ Bucket: this.#options.bucket, Key: this.#key(name) })),
        into,
      );
    } catch (error) {
      if (statusOf(error) === 404) return undefined; // hidden by a delete marker, or not there
      throw error;
    }
  }

  async lockedUntil({ name, version }: Stored): Promise<number> {
    const object = { Bucket: this.#options.bucket, Key: this.#key(name), VersionId: version };
    const { Retention } = await this.#client.send(new GetObjectRetentionCommand(object));
    return Retention?.Mode === "COMPLIANCE" ? (Retention.RetainUntilDate?.getTime() ?? 0) : 0;
  }

  async extend({ name, version }: Stored, until: number): Promise<void> {
    await this.#client.send(
      new PutObjectRetentionCommand({
        Bucket: this.#options.bucket,
        Key: this.#key(name),
        VersionId: version,
        Retention: { Mode: "COMPLIANCE", RetainUntilDate: new Date(until) },
      }),
    );
  }

  async probe(): Promise<string[]> {
    const { bucket, now } = this.#options;
    const Key = this.#key("probe/canary");
    const VersionId = await this.#put("probe/canary", Buffer.from(new Date(now()).toISOString()), canaryLock);
    const object = { Bucket: bucket, Key, VersionId };
    const soon = new Date(now() + 60_000);
    const retention = (Mode: "COMPLIANCE" | "GOVERNANCE", RetainUntilDate: Date) =>
      new PutObjectRetentionCommand({
        ...object,
        Retention: { Mode, RetainUntilDate },
        BypassGovernanceRetention: true,
      });
    const worked: string[] = [];
    const attempt = async (what: string, act: () => Promise<unknown>): Promise<void> => {
      if (await refuses(act)) return;
      worked.push(what);
    };
    await attempt("shorten", () => this.#client.send(retention("COMPLIANCE", soon)));
    await attempt("downgrade", () => this.#client.send(retention("GOVERNANCE", new Date(now() + canaryLock))));
    await attempt("delete", () =>
      this.#client.send(new DeleteObjectCommand({ ...object, BypassGovernanceRetention: true })),
    );
    return worked;
  }

  close(): void {
    this.#client.destroy();
  }

  /** The store checks the bytes: by the SHA-256 in the signed request and beside it, and by MD5 where it asks for that. */
  async #put(name: string, bytes: Buffer, lock: number, digest = digestOf(bytes)): Promise<string | undefined> {
    const send = async (checksum: Checksum): Promise<string | undefined> => {
      const command = new PutObjectCommand({
        Bucket: this.#options.bucket,
        Key: this.#key(name),
        Body: bytes,
        ContentLength: bytes.length,
        ...checksum,
        ObjectLockMode: "COMPLIANCE",
        ObjectLockRetainUntilDate: new Date(this.#options.now() + lock),
      });
      signWith(command, digest);
      return (await this.#client.send(command)).VersionId;
    };
    const byDigest = { ChecksumSHA256: Buffer.from(digest, "hex").toString("base64") };
    const byMd5 = () => ({ ContentMD5: createHash("md5").update(bytes).digest("base64") });
    if (this.#asksForMd5) return send(byMd5());
    try {
      return await send(byDigest);
    } catch (error) {
      if (!wantsMd5(error)) throw error;
      const version = await send(byMd5());
      this.#asksForMd5 = true;
      return version;
    }
  }

  #key(name: string): string {
    const { prefix } = this.#options;
    return prefix === "" ? name : `${prefix}/${name}`;
  }
}

type Checksum = Pick<PutObjectCommandInput, "ChecksumSHA256" | "ContentMD5">;

/** The signature covers this digest (hex SHA-256) of the body; the SDK would take it once more, on this thread. */
function signWith(command: PutObjectCommand, digest: string): void {
  command.middlewareStack.add(
    (next) => (args) => {
      (args.request as { headers: Record<string, string> }).headers["x-amz-content-sha256"] = digest;
      return next(args);
    },
    { step: "build", name: "knownDigest" },
  );
}

const statusOf = (error: unknown): number | undefined =>
  (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;

/** As AWS said it to a locked object without Content-MD5 before it knew other checksums, and as those say it who follow it. */
const wantsMd5 = (error: unknown): boolean =>
  statusOf(error) === 400 && ((error as Error).name === "InvalidRequest" || /MD5/.test((error as Error).message));

/** The body, in the given memory where it fits: fresh memory for each piece costs more than copying it there. */
async function bytesOf({ Body, ContentLength = 0 }: GetObjectCommandOutput, into?: Buffer): Promise<Buffer> {
  if (!into || ContentLength > into.length || !(Body instanceof Readable)) {
    const bytes = await Body!.transformToByteArray();
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  }
  let at = 0;
  for await (const chunk of Body as AsyncIterable<Buffer>) {
    if (at + chunk.length > into.length) throw new HoldfastError("replica/failed", "An answer is longer than it says.");
    at += chunk.copy(into, at);
  }
  return into.subarray(0, at);
}

function* oldestFirst(versions: (Stored & { time: number })[]): Generator<Stored> {
  // A listing gives the newest first; reversed before the stable sort, equal times keep the order of writing.
  yield* versions.reverse().sort((a, b) => a.time - b.time);
}

/** Refused as forbidden. Anything else that goes wrong says nothing about the lock. */
async function refuses(act: () => Promise<unknown>): Promise<boolean> {
  try {
    await act();
    return false;
  } catch (error) {
    const status = statusOf(error);
    if (status !== undefined && status >= 400 && status < 500) return true;
    throw error;
  }
}
