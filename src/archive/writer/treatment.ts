/**
 * Reads from a plan or a treatment record what the treatment-integrity detector compares: numbers and digests.
 * RT Plan PS3.3 C.8.8.10 to C.8.8.14, RT Ion Plan C.8.8.25, RT Beams and Ion Beams Treatment Record C.8.8.21, C.8.8.26.
 * Brachytherapy has no beams: of it the approval alone is told.
 */
import { hash } from "node:crypto";
import type { Treatment } from "../../core/index.ts";
import type { DataSet, ScanLimits } from "../../dicom/index.ts";
import { geometryOf } from "./geometry.ts";

const plans = new Set(["1.2.840.10008.5.1.4.1.1.481.5", "1.2.840.10008.5.1.4.1.1.481.8"]);
const records = new Set(["1.2.840.10008.5.1.4.1.1.481.4", "1.2.840.10008.5.1.4.1.1.481.9"]);
/** A plan's control points go whole into the digest of its geometry: a large modulated arc plan has some MB. */
const bound = 16 * 1024 * 1024;
/** Three quarters of a total are for what is nested (src/dicom/scan-limits.ts). */
export const treatmentLimits: ScanLimits = {
  maxValueSize: 1024 * 1024,
  maxTotalSize: (bound / 3) * 4,
  maxElements: 250_000,
};
const mostBeams = 64;
const mostGroups = 16;
const mostReferences = 16;

export function isTreatment(sopClassUid: string): boolean {
  return plans.has(sopClassUid) || records.has(sopClassUid);
}

/** `whole` is false where the object is beyond the bounds, so that a part of it went unread. */
export function treatmentOf(
  dataSet: DataSet,
  sopClassUid: string,
  sopInstanceUid: string,
): { treatment: Treatment; whole: boolean } | undefined {
  if (plans.has(sopClassUid)) return planFacts(dataSet, sopInstanceUid);
  if (records.has(sopClassUid)) return { treatment: recordFacts(dataSet), whole: true };
  return undefined;
}

function planFacts(dataSet: DataSet, planUid: string): { treatment: Treatment; whole: boolean } {
  const items = dataSet.has(0x300a03a2) ? dataSet.items(0x300a03a2) : dataSet.items(0x300a00b0);
  let whole = items.length <= mostBeams;
  const beams = items.slice(0, mostBeams).map((beam) => {
    const geometry = geometryOf(beam);
    whole &&= geometry.whole;
    const points = beam.has(0x300a03a8) ? beam.items(0x300a03a8) : beam.items(0x300a0111);
    return {
      number: beam.number(0x300a00c0) ?? 0,
      geometry: geometry.digest,
      ...defined("energy", finite(points[0]?.number(0x300a0114))),
      ...defined("machine", beam.string(0x300a00b2)),
    };
  });
  const groups = dataSet.items(0x300a0070);
  const treatment: Treatment = {
    kind: "plan",
    plan_uid: planUid,
    ...lineageOf(dataSet),
    ...approvalOf(dataSet),
    ...(groups.length > 0 ? { fraction_groups: groups.slice(0, mostGroups).map(groupOf) } : {}),
    ...(beams.length > 0 ? { beams } : {}),
  };
  return { treatment, whole: whole && groups.length <= mostGroups };
}

/** The plan's label, and the plans it comes from (PS3.3 C.8.8.9, RT Plan Relationship (300A,0055)). */
function lineageOf(dataSet: DataSet): Pick<Treatment, "label" | "refers_to"> {
  const label = dataSet.string(0x300a0002);
  const ancestors = dataSet
    .items(0x300c0002)
    .slice(0, mostReferences)
    .filter((item) => ["PRIOR", "PREDECESSOR"].includes(item.string(0x300a0055) ?? ""))
    .map((item) => item.string(0x00081155))
    .filter((uid) => uid !== undefined);
  return {
    ...(label ? { label: sha256(label) } : {}),
    ...(ancestors.length > 0 ? { refers_to: ancestors } : {}),
  };
}

function groupOf(group: DataSet): NonNullable<Treatment["fraction_groups"]>[number] {
  const metersets: Record<string, number> = {};
  for (const beam of group.items(0x300c0004).slice(0, mostBeams)) {
    const number = beam.number(0x300c0006);
    const meterset = finite(beam.number(0x300a0086));
    if (number !== undefined && meterset !== undefined) metersets[String(number)] = meterset;
  }
  return {
    number: group.number(0x300a0071) ?? 0,
    ...defined("fractions", finite(group.number(0x300a0078))),
    ...(Object.keys(metersets).length > 0 ? { metersets } : {}),
  };
}

function recordFacts(dataSet: DataSet): Treatment {
  const items = (dataSet.has(0x30080021) ? dataSet.items(0x30080021) : dataSet.items(0x30080020)).slice(0, mostBeams);
  const delivered = items.map((beam) => ({
    beam: beam.number(0x300c0006) ?? 0,
    ...defined("specified", finite(beam.number(0x30080032))),
    ...defined("delivered", finite(beam.number(0x30080036))),
    ...defined("type", beam.string(0x300a00ce)),
  }));
  return {
    kind: "record",
    ...defined("plan_uid", dataSet.items(0x300c0002)[0]?.string(0x00081155)),
    ...defined("fraction", finite(items[0]?.number(0x30080022))),
    ...defined("fraction_group", finite(dataSet.number(0x300c0022))),
    ...(delivered.length > 0 ? { delivered } : {}),
  };
}

function approvalOf(dataSet: DataSet): Pick<Treatment, "approval" | "approved_at" | "approved_by"> {
  const when = [dataSet.string(0x300e0004), dataSet.string(0x300e0005)].filter(Boolean).join(" ");
  const reviewer = dataSet.string(0x300e0008);
  return {
    ...defined("approval", dataSet.string(0x300e0002)),
    ...(when ? { approved_at: when } : {}),
    ...(reviewer ? { approved_by: sha256(reviewer) } : {}),
  };
}

const sha256 = (text: string): string => hash("sha256", text);
const finite = (value: number | undefined): number | undefined => (Number.isFinite(value) ? value : undefined);

function defined<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]?: V });
}
