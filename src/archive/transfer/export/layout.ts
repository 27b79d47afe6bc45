/** Where each exported object goes below the target folder. */
import type { Archive, DicomJson, InstanceRef, RequestContext } from "../../types.ts";
import { distinctName, safeName, titledName } from "./names.ts";

export interface Planned {
  ref: InstanceRef;
  /** Parts of the path below the target folder. */
  path: string[];
}

export type Layout = (refs: InstanceRef[]) => AsyncIterable<Planned>;

/**
 * `PATIENT/DATE_DESCRIPTION~hash/NUMBER_MODALITY_DESCRIPTION~hash/SOP-INSTANCE-UID.dcm`. The path of an object does not
 * depend on what else is exported, so that an interrupted export can go on.
 */
export function folderLayout(archive: Archive, context: RequestContext, at: number | undefined): Layout {
  return async function* (refs) {
    let studyUid = "";
    let study = new Map<string, string[]>();
    for (const ref of refs) {
      if (ref.studyUid !== studyUid) {
        studyUid = ref.studyUid;
        study = await nameSeries(archive, context, studyUid, at);
      }
      const folders = study.get(ref.seriesUid) ?? [titledName([], ref.studyUid), titledName([], ref.seriesUid)];
      const file = `${safeName(ref.sopInstanceUid, "object")}.dcm`;
      yield { ref, path: [distinctName(ref.patientId, "no-patient-id"), ...folders, file] };
    }
  };
}

/** PS3.10 8.2, PS3.12: names of media, at most eight characters A-Z 0-9 _ a level. */
export const mediaLayout: Layout = async function* (refs) {
  const numbers = new Numbering();
  for (const ref of refs) {
    const patient = `PT${numbers.of("", `${ref.patientId}\0`)}`;
    const study = `ST${numbers.of(patient, ref.studyUid)}`;
    const series = `SE${numbers.of(patient + study, ref.seriesUid)}`;
    const instance = `IM${numbers.of(patient + study + series, ref.sopInstanceUid)}`;
    yield { ref, path: ["DICOM", patient, study, series, instance] };
  }
};

/** Counts the distinct children of each parent from 1, six digits. */
class Numbering {
  readonly #parents = new Map<string, Map<string, string>>();

  of(parent: string, child: string): string {
    let children = this.#parents.get(parent);
    if (!children) {
      children = new Map();
      this.#parents.set(parent, children);
    }
    const known = children.get(child);
    if (known) return known;
    const number = String(children.size + 1).padStart(6, "0");
    children.set(child, number);
    return number;
  }
}

/** Study and series folder by Series Instance UID. */
async function nameSeries(
  archive: Archive,
  context: RequestContext,
  studyUid: string,
  at: number | undefined,
): Promise<Map<string, string[]>> {
  const { matches } = await archive.query(context, {
    level: "series",
    keys: { "0020000D": { vr: "UI", Value: [studyUid] } },
    includeAll: true,
    relational: true,
    ...(at === undefined ? {} : { at }),
  });
  const named = new Map<string, string[]>();
  for (const match of matches) {
    const json = JSON.parse(match) as DicomJson;
    const seriesUid = text(json, "0020000E");
    const study = titledName([text(json, "00080020") || "undated", text(json, "00081030")], studyUid);
    const number = text(json, "00200011").padStart(3, "0");
    named.set(seriesUid, [study, titledName([number, text(json, "00080060"), text(json, "0008103E")], seriesUid)]);
  }
  return named;
}

function text(json: DicomJson, tag: string): string {
  const value = json[tag]?.Value?.[0];
  return value === undefined || value === null ? "" : String(value);
}
