/** A bucket with Object Lock: each object is written locked in compliance mode, which no credential of S3 can lift. */
import { createHash } from "node:crypto";
import {
  DeleteObjectCommand,
  GetObjectCommand,
  type GetObjectCommandOutput,
  GetObjectRetentionCommand,
  ListObjectVersionsCommand,
  PutObjectCommand,
  PutObjectRetentionCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import type { Clock } from "../../core/index.ts";
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

  async add(name: string, bytes: Buffer): Promise<void> {
    await this.#put(name, bytes, this.#options.retentionDays * day);
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

  async newest(name: string): Promise<Buffer | undefined> {
    try {
      return await bytesOf(
        await this.#client.send(new GetObjectCommand({ Bucket: this.#options.bucket, Key: this.#key(name) })),
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

  async #put(name: string, bytes: Buffer, lock: number): Promise<string | undefined> {
    const answer = await this.#client.send(
      new PutObjectCommand({
        Bucket: this.#options.bucket,
        Key: this.#key(name),
        Body: bytes,
        ContentLength: bytes.length,
        ContentMD5: createHash("md5").update(bytes).digest("base64"),
        ObjectLockMode: "COMPLIANCE",
        ObjectLockRetainUntilDate: new Date(this.#options.now() + lock),
      }),
    );
    return answer.VersionId;
  }

  #key(name: string): string {
    const { prefix } = this.#options;
    return prefix === "" ? name : `${prefix}/${name}`;
  }
}

const statusOf = (error: unknown): number | undefined =>
  (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;

async function bytesOf({ Body }: GetObjectCommandOutput): Promise<Buffer> {
  const bytes = await Body!.transformToByteArray();
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
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
