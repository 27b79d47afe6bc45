import type { Clock } from "../../core/index.ts";
import { FolderTarget } from "./folder.ts";
import { S3Target } from "./s3.ts";
import type { ReplicaTarget } from "./target.ts";

export interface TargetPlace {
  /** s3://BUCKET/PREFIX or a folder. */
  to: string;
  endpoint?: string;
  region?: string;
  /** Absent: as the AWS SDK finds them. */
  credentials?: { accessKeyId: string; secretAccessKey: string };
  retentionDays: number;
}

export function openTarget({ to, ...place }: TargetPlace, now: Clock): ReplicaTarget {
  const bucket = /^s3:\/\/([^/]+)\/?(.*?)\/*$/.exec(to);
  if (!bucket) return new FolderTarget(to);
  return new S3Target({ bucket: bucket[1]!, prefix: bucket[2]!, ...place, now });
}
