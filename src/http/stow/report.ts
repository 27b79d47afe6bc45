import type { DicomJson, StoreOutcome } from "../../archive/index.ts";
import type { ErrorCode } from "../../core/index.ts";
import { resourceUrl } from "../resource-url.ts";

/** Failure Reason (0008,1197) of a stable error code: PS3.18 Table I.2-2 and PS3.7 annex C. */
export function failureReason(code: ErrorCode): number {
  if (code.startsWith("gate/")) return 0x0124;
  return reasons[code] ?? (code.startsWith("object/") ? 0xc000 : 0x0110);
}

const reasons: Partial<Record<ErrorCode, number>> = {
  "object/too-large": 0xa700,
  "storage/full": 0xa700,
  "request/busy": 0xa700,
  "object/mismatch": 0xa900,
  "object/sop-class": 0x0122,
  "object/transfer-syntax": 0xc122,
  "request/denied": 0x0124,
  "storage/retention": 0x0124,
};

/** Private element of a failed item that holds the stable code (PS3.5 7.8). */
const failureCode = { creator: "00090010", name: "HOLDFAST", element: "00091001" };

/** Warning Reason (0008,1196): Data Set does not match SOP Class. Holdfast changes and discards nothing. */
const irregular = 0xb007;

const sequence = (items: DicomJson[]) => ({ vr: "SQ", Value: items });
const uid = (value: string) => ({ vr: "UI", Value: [value] });
const url = (value: string) => ({ vr: "UR", Value: [value] });
const unsigned = (value: number) => ({ vr: "US", Value: [value] });

/** Status and Store Instances Response Module (PS3.18 10.5.3 and Annex I) of what became of each part. */
export function storeReport(outcomes: StoreOutcome[], base: string): { status: number; module: DicomJson } {
  const stored = outcomes.filter((outcome) => outcome.ok);
  const failed = outcomes.filter((outcome) => !outcome.ok);
  const named = failed.filter((outcome) => outcome.sopInstanceUid !== undefined);
  const unnamed = failed.filter((outcome) => outcome.sopInstanceUid === undefined);
  const module: DicomJson = {};
  const studies = new Set(stored.map((outcome) => outcome.studyUid));
  if (studies.size === 1) module["00081190"] = url(resourceUrl(base, [...studies][0]!));
  if (named.length > 0) module["00081198"] = sequence(named.map(failedItem));
  if (stored.length > 0) module["00081199"] = sequence(stored.map((outcome) => storedItem(outcome, base)));
  if (unnamed.length > 0) {
    module["0008119A"] = sequence(unnamed.map((outcome) => failure(outcome.code)));
  }
  return { status: statusOf(stored, failed), module };
}

function storedItem(outcome: StoreOutcome & { ok: true }, base: string): DicomJson {
  const { studyUid, seriesUid, sopClassUid, sopInstanceUid, warnings } = outcome;
  return {
    "00081150": uid(sopClassUid),
    "00081155": uid(sopInstanceUid),
    "00081190": url(resourceUrl(base, studyUid, seriesUid, sopInstanceUid)),
    ...(warnings.length > 0 ? { "00081196": unsigned(irregular) } : {}),
  };
}

function failedItem(outcome: StoreOutcome & { ok: false }): DicomJson {
  return {
    ...(outcome.sopClassUid === undefined ? {} : { "00081150": uid(outcome.sopClassUid) }),
    "00081155": uid(outcome.sopInstanceUid!),
    ...failure(outcome.code),
  };
}

/** The standard's reason, and beside it in a private block the stable code, which says more. */
function failure(code: ErrorCode): DicomJson {
  return {
    "00081197": unsigned(failureReason(code)),
    [failureCode.creator]: { vr: "LO", Value: [failureCode.name] },
    [failureCode.element]: { vr: "LO", Value: [code] },
  };
}

/** PS3.18 Table 10.5.3-1; 503 when nothing could be stored for want of resources (8.5). */
function statusOf(stored: (StoreOutcome & { ok: true })[], failed: (StoreOutcome & { ok: false })[]): number {
  if (failed.length === 0) return stored.some((outcome) => outcome.warnings.length > 0) ? 202 : 200;
  if (stored.length > 0) return 202;
  if (failed.every((outcome) => outcome.code.startsWith("storage/"))) return 503;
  return failed.every((outcome) => outcome.code === "object/too-large") ? 413 : 409;
}
