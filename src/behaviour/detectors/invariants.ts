/**
 * Invariants: what ordinary work does not do at all. No statistics, a table: logging switched off or narrowed, its files
 * deleted, versioning, retention or keys of storage taken away (MITRE ATT&CK T1562.008, T1070, T1490, T1485), objects
 * re-encrypted with a key of the caller's own (T1486; "Codefinger", 2025), a canary touched.
 *
 * Whoever did the same 20 times while the whole engine found it ordinary (say, an application that brings its own keys)
 * does not break it any more. What was refused is told with less weight.
 */
import { createHash } from "node:crypto";
import type { AccessEvent } from "../../core/index.ts";
import { combine, type Hash64, hashText } from "../stats/hash.ts";
import { Rows } from "../stats/rows.ts";
import type { SnapshotReader, SnapshotWriter } from "../stats/snapshot.ts";
import type { Detector, DetectorLimits, Evidence } from "./detector.ts";
import type { Observation } from "./observation.ts";

interface Rule {
  operation: RegExp;
  text: string;
  technique: string;
  /** Done now and then by those who run a system: evidence, but no invariant. Nats. */
  nats?: number;
}

const logging = "T1562.008"; // Disable or Modify Cloud Logs
const recovery = "T1490"; // Inhibit System Recovery
const rules: readonly Rule[] = [
  {
    operation: /^cloudtrail:(StopLogging|DeleteTrail|DeleteEventDataStore)$/,
    text: "switched the cloud's audit trail off",
    technique: logging,
  },
  {
    operation: /^cloudtrail:(PutEventSelectors|PutInsightSelectors|UpdateTrail)$/,
    text: "changed what the cloud's audit trail records",
    technique: logging,
  },
  { operation: /^ec2:DeleteFlowLogs$/, text: "deleted the network's flow logs", technique: logging },
  { operation: /^logs:(DeleteLogGroup|DeleteLogStream)$/, text: "deleted a log", technique: logging },
  {
    operation: /^logs:(PutRetentionPolicy|DeleteSubscriptionFilter)$/,
    text: "changed how long or where a log is kept",
    technique: logging,
    nats: 8,
  },
  {
    operation: /^config:(StopConfigurationRecorder|DeleteConfigurationRecorder|DeleteDeliveryChannel)$/,
    text: "switched the cloud's configuration recorder off",
    technique: logging,
  },
  {
    operation: /^guardduty:(DeleteDetector|UpdateDetector|DeletePublishingDestination)$/,
    text: "switched threat detection off",
    technique: "T1562.001",
  },
  {
    operation: /^s3:(DeleteBucketLifecycle|DeleteBucketReplication|DeleteBucketPolicy|DeletePublicAccessBlock)$/,
    text: "took a protection off a bucket",
    technique: recovery,
    nats: 10,
  },
  {
    operation: /^s3:(PutObjectLockConfiguration|PutBucketObjectLockConfiguration)$/,
    text: "changed a bucket's object lock",
    technique: recovery,
    nats: 8,
  },
  { operation: /^s3:(DeleteBucket)$/, text: "deleted a bucket", technique: "T1485", nats: 10 },
  {
    operation: /^kms:(ScheduleKeyDeletion|DisableKey|DeleteImportedKeyMaterial)$/,
    text: "took an encryption key away",
    technique: "T1485",
  },
  {
    operation: /^rds:(DeleteDBSnapshot|DeleteDBClusterSnapshot|DeleteDBInstance|DeleteDBCluster)$/,
    text: "deleted a database or its copy",
    technique: recovery,
    nats: 8,
  },
  {
    operation: /^backup:(DeleteRecoveryPoint|DeleteBackupVault|DeleteBackupPlan|PutBackupVaultLockConfiguration)$/,
    text: "deleted backups or their lock",
    technique: recovery,
  },
  { operation: /^(110133)$/, text: "stopped the recording of the audit trail (DICOM 110133)", technique: "T1562.001" },
  // Our own administration, as its operations are named.
  {
    operation:
      /^(retention|journal|audit|behaviour|analysis|canar(y|ies))\b.*\b(off|disable|shorten|delete|suspend|stop|remove|clear)/i,
    text: "switched a protection of the archive off",
    technique: "T1562.001",
  },
];
const marks: Record<string, Omit<Rule, "operation">> = {
  "encryption/customer-key": {
    text: "stored an object under a key that only the caller has (SSE-C)",
    technique: "T1486",
  },
  "encryption/foreign-key": { text: "encrypted an object with a key of another account", technique: "T1486" },
  "versioning/suspended": { text: "suspended the versioning of a bucket", technique: recovery },
  "version/destroyed": { text: "destroyed a version of an object for good", technique: "T1485", nats: 5 },
  "retention/bypassed": { text: "bypassed retention", technique: recovery },
  "lifecycle/short": { text: "let a bucket's objects expire within days", technique: "T1485" },
};
/** Where audit trails lie. */
const trail = /(^|[/_-])(AWSLogs|CloudTrail(-Digest)?|audit([/_-]?(trail|logs?))?)([/_-]|$)/i;
const trailRule = { text: "deleted files of an audit trail", technique: "T1070" };
const canaryRule = { text: "touched a canary: something that nobody has a reason to touch", technique: "T1083" };

/** Activities by which a canary comes to be: they touch nothing that was there. */
const planting: ReadonlySet<AccessEvent["activity"]> = new Set(["create", "import", "duplicate"]);

const broken = 25;
/** Nats where it was refused. */
const attempted = 7;
/** Times found ordinary after which it is somebody's work. */
const habitual = 20;
const floats = 2;
const operationsKept = 1_024;

export interface InvariantOptions {
  /** SHA-256 (hex) of patient ids and UIDs that are canaries. */
  canaries?: readonly string[];
}

export class Invariants implements Detector {
  readonly name = "invariants";
  readonly #canaries: ReadonlySet<string>;
  /** Principal and rule, times found ordinary. */
  readonly #habits: Rows;
  readonly #known = new Map<string, readonly Rule[]>();
  readonly #key: Hash64 = { high: 0, low: 0 };
  readonly #rule: Hash64 = { high: 0, low: 0 };

  constructor({ entities }: DetectorLimits, { canaries = [] }: InvariantOptions = {}) {
    this.#habits = new Rows(Math.min(entities, 16_384), floats, 365 * 86_400);
    this.#canaries = new Set(canaries.map((digest) => digest.toLowerCase()));
  }

  assess(seen: Observation, report: (evidence: Evidence) => void): void {
    for (const rule of this.#broken(seen.event)) this.#tell(seen, rule, report);
  }

  #tell(
    seen: Observation,
    { text, technique, nats = broken }: Omit<Rule, "operation">,
    report: (evidence: Evidence) => void,
  ): void {
    const isWork = mayBecomeWork(text) && this.#times(seen, text) >= habitual;
    if (isWork) return;
    const isInvariant = nats === broken && seen.ok;
    const attempt = seen.ok ? "" : "tried and was refused: ";
    report({
      entity: "principal",
      nats: seen.ok ? nats : Math.min(nats, attempted),
      ...(isInvariant ? { invariant: true as const } : {}),
      reason: () => ({ detector: "invariants", text: `${attempt}${seen.actor} ${text}`, technique }),
    });
  }

  *#broken(event: AccessEvent): Generator<Omit<Rule, "operation">> {
    yield* this.#ruled(event.operation);
    for (const mark of event.marks ?? []) if (marks[mark]) yield marks[mark];
    if (event.activity === "delete" && event.resources?.some(isTrail)) yield trailRule;
    if (
      this.#canaries.size > 0 &&
      !planting.has(event.activity) &&
      event.resources?.some((each) => this.#isCanary(each))
    )
      yield canaryRule;
  }

  /** Operations are few: each is held against the rules once. */
  #ruled(operation: string): readonly Rule[] {
    let found = this.#known.get(operation);
    if (!found) {
      found = rules.filter((one) => one.operation.test(operation));
      if (this.#known.size >= operationsKept) this.#known.clear();
      this.#known.set(operation.slice(0, 128), found);
    }
    return found;
  }

  #isCanary({ patient_id, study_uid, series_uid, sop_instance_uid }: Ids): boolean {
    return [patient_id, study_uid, series_uid, sop_instance_uid].some(
      (id) => id !== undefined && this.#canaries.has(createHash("sha256").update(id).digest("hex")),
    );
  }

  #times(seen: Observation, text: string): number {
    const at = this.#habits.known(this.#keyOf(seen, text));
    return at < 0 ? 0 : this.#habits.data[at + 1]!;
  }

  learn(seen: Observation, weight: number): void {
    if (weight < 0.5 || !seen.ok) return;
    for (const { text } of this.#broken(seen.event)) {
      const at = this.#habits.of(this.#keyOf(seen, text), seen.time);
      this.#habits.data[at]! += 1;
      this.#habits.data[at + 1]! += weight;
      this.#habits.touch(at, seen.time);
    }
  }

  #keyOf(seen: Observation, text: string): Hash64 {
    hashText(text, 0, this.#rule);
    combine(seen.principal, this.#rule, this.#key);
    return this.#key;
  }

  get bytes(): number {
    return this.#habits.bytes + this.#canaries.size * 128;
  }

  save(out: SnapshotWriter): void {
    this.#habits.save(out);
  }

  load(input: SnapshotReader): void {
    this.#habits.load(input);
  }
}

type Ids = NonNullable<AccessEvent["resources"]>[number];

function isTrail({ study_uid = "", sop_instance_uid = "" }: Ids): boolean {
  return trail.test(study_uid) || trail.test(sop_instance_uid);
}

/** Canaries and trails are never anybody's work. */
function mayBecomeWork(text: string): boolean {
  return text !== canaryRule.text && text !== trailRule.text;
}
