/** All that an attacker tries on a bucket with the archive's own S3 credentials. */
import { createHash, randomBytes } from "node:crypto";
import {
  CopyObjectCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  ListObjectVersionsCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectLegalHoldCommand,
  PutObjectLockConfigurationCommand,
  PutObjectRetentionCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import type { CephStore } from "../support/ceph.ts";

export interface Attack {
  refused: number;
  /** What the store did not refuse, by kind. */
  allowed: string[];
}

/** The key of an attacker who encrypts what is not theirs (SSE-C). */
const key = randomBytes(32);
const encrypted = {
  SSECustomerAlgorithm: "AES256",
  SSECustomerKey: key.toString("base64"),
  SSECustomerKeyMD5: createHash("md5").update(key).digest("base64"),
};

export async function attackBucket(ceph: CephStore, Bucket: string): Promise<Attack> {
  const client = ceph.client();
  const attack: Attack = { refused: 0, allowed: [] };
  const attempt = async (kind: string, act: (client: S3Client) => Promise<unknown>): Promise<void> => {
    try {
      await act(client);
      attack.allowed.push(kind);
    } catch {
      attack.refused++;
    }
  };
  try {
    const { Versions = [] } = await client.send(new ListObjectVersionsCommand({ Bucket }));
    await onBucket(Bucket, attempt);
    for (const { Key, VersionId } of Versions) await onVersion({ Bucket, Key: Key!, VersionId: VersionId! }, attempt);
    const Objects = Versions.map(({ Key, VersionId }) => ({ Key: Key!, VersionId }));
    await attempt("delete all", (s3) => s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } })));
    for (let fill = 0; fill < 20; fill++)
      await attempt("fill", (s3) =>
        s3.send(new PutObjectCommand({ Bucket, Key: `fill/${fill}`, Body: randomBytes(100_000) })),
      );
    await attempt("delete bucket", (s3) => s3.send(new DeleteBucketCommand({ Bucket })));
  } finally {
    client.destroy();
  }
  return attack;
}

type Attempt = (kind: string, act: (client: S3Client) => Promise<unknown>) => Promise<void>;

/** Suspends, unlocks, lets things expire, shuts everybody else out. */
async function onBucket(Bucket: string, attempt: Attempt): Promise<void> {
  const suspended = { Bucket, VersioningConfiguration: { Status: "Suspended" as const } };
  await attempt("suspend versioning", (s3) => s3.send(new PutBucketVersioningCommand(suspended)));
  for (const ObjectLockConfiguration of [
    { ObjectLockEnabled: "Enabled" as const, Rule: { DefaultRetention: { Mode: "GOVERNANCE" as const, Days: 1 } } },
    { ObjectLockEnabled: "Enabled" as const },
    {},
  ])
    await attempt("lock configuration", (s3) =>
      s3.send(new PutObjectLockConfigurationCommand({ Bucket, ObjectLockConfiguration })),
    );
  const expiring = {
    ID: "gone",
    Status: "Enabled" as const,
    Filter: { Prefix: "" },
    Expiration: { Days: 1 },
    NoncurrentVersionExpiration: { NoncurrentDays: 1 },
  };
  await attempt("lifecycle", (s3) =>
    s3.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules: [expiring] } })),
  );
  const allow = {
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: "*",
        Action: "s3:*",
        Resource: [`arn:aws:s3:::${Bucket}`, `arn:aws:s3:::${Bucket}/*`],
      },
    ],
  };
  await attempt("policy", (s3) => s3.send(new PutBucketPolicyCommand({ Bucket, Policy: JSON.stringify(allow) })));
}

/** Shortens, downgrades, deletes, writes over, encrypts in place. */
async function onVersion(object: { Bucket: string; Key: string; VersionId: string }, attempt: Attempt): Promise<void> {
  const { Bucket, Key, VersionId } = object;
  const bypass = { BypassGovernanceRetention: true };
  for (const Retention of [
    { Mode: "COMPLIANCE" as const, RetainUntilDate: new Date(Date.now() + 5_000) },
    { Mode: "GOVERNANCE" as const, RetainUntilDate: new Date(Date.now() + 5_000) },
    {},
  ])
    await attempt("shorten", (s3) => s3.send(new PutObjectRetentionCommand({ ...object, Retention, ...bypass })));
  await attempt("legal hold off", (s3) =>
    s3.send(new PutObjectLegalHoldCommand({ ...object, LegalHold: { Status: "OFF" } })),
  );
  await attempt("delete version", (s3) => s3.send(new DeleteObjectCommand({ ...object, ...bypass })));
  const CopySource = `${Bucket}/${encodeURIComponent(Key)}?versionId=${VersionId}`;
  await attempt("encrypt in place", (s3) =>
    s3.send(new CopyObjectCommand({ Bucket, Key, CopySource, MetadataDirective: "REPLACE", ...encrypted })),
  );
  await attempt("encrypted over it", (s3) =>
    s3.send(new PutObjectCommand({ Bucket, Key, Body: randomBytes(100), ...encrypted })),
  );
  await attempt("over it", (s3) => s3.send(new PutObjectCommand({ Bucket, Key, Body: randomBytes(100) })));
  await attempt("delete marker", (s3) => s3.send(new DeleteObjectCommand({ Bucket, Key })));
}
