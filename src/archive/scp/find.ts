import { type DataSet, fromDicomJson, tagOf, tagText, toDicomJson } from "../../dicom/index.ts";
import type { FindMatch, Operation } from "../../dimse/index.ts";
import type { ArchiveQuery, DicomJson, Target } from "../types.ts";
import { contextOf } from "./context.ts";
import type { ServiceHost } from "./host.ts";
import { checkedLevel } from "./model.ts";

/** Matches read from the catalogue at once: bounds memory, however many there are. */
const pageSize = 2_000;

const [characterSet, queryLevel, retrieveAeTitle] = [
  tagOf("SpecificCharacterSet"),
  tagOf("QueryRetrieveLevel"),
  tagOf("RetrieveAETitle"),
];

/** Not keys of the information model, but about the identifier itself (PS3.4 C.4.1.1.3). */
const aboutIdentifier = new Set([characterSet, queryLevel, retrieveAeTitle, tagOf("TimezoneOffsetFromUTC")]);

/** C-FIND: the matches of an identifier, page by page. */
export async function* findMatches(
  service: ServiceHost,
  identifier: DataSet,
  operation: Operation,
): AsyncGenerator<FindMatch> {
  const object = await service.objectOf("find", operation, () => namedIn(identifier));
  const level = service.permit("find", operation, () => checkedLevel(identifier, operation.abstractSyntax), object);
  const response = new ResponseMaker(identifier, service.ownTitle(operation));
  const query: ArchiveQuery = {
    level,
    keys: response.keys,
    limit: pageSize,
    relational: true,
    ...service.momentOf("C-FIND", operation),
  };
  const context = contextOf(operation.association, "C-FIND");
  for (let offset = 0; ; offset += pageSize) {
    if (offset > 0) service.still("find", operation, true, object);
    const page = await service.archiveOf(operation).query(context, { ...query, offset });
    const unsupportedKeys = page.unsupported.length > 0;
    for (const match of page.matches) yield { identifier: response.make(match), unsupportedKeys };
    if (!page.more) return;
  }
}

/** The one patient, or the studies, that a search is restricted to; undefined: it is about anybody. */
function namedIn(identifier: DataSet): Target | undefined {
  const valuesOf = (name: "PatientID" | "StudyInstanceUID") =>
    identifier.strings(tagOf(name)).filter((value) => value !== "");
  const [patients, studyUid] = [valuesOf("PatientID"), valuesOf("StudyInstanceUID")];
  if ([...patients, ...studyUid].some((value) => /[*?]/.test(value))) return undefined;
  if (patients.length === 1 && studyUid.length === 0) return { patientId: patients[0]! };
  return studyUid.length > 0 ? { studyUid } : undefined;
}

/** Makes response identifiers: the keys asked for and no others, empty where nothing is known. */
class ResponseMaker {
  readonly keys: DicomJson;
  readonly #level: string;
  readonly #aeTitle: string;

  constructor(identifier: DataSet, aeTitle: string) {
    const keys = { ...(toDicomJson(identifier) as DicomJson) };
    for (const tag of aboutIdentifier) delete keys[tagText(tag)];
    for (const key of Object.keys(keys)) if (key.endsWith("0000")) delete keys[key];
    this.keys = keys;
    this.#level = identifier.string(queryLevel) ?? "";
    this.#aeTitle = aeTitle;
  }

  make(match: string): DataSet {
    const found = JSON.parse(match) as DicomJson;
    const answer: DicomJson = {};
    for (const [key, { vr }] of Object.entries(this.keys)) answer[key] = found[key] ?? { vr };
    answer[tagText(queryLevel)] = { vr: "CS", Value: [this.#level] };
    answer[tagText(retrieveAeTitle)] = { vr: "AE", Value: [this.#aeTitle] };
    if (!isAscii(match)) answer[tagText(characterSet)] = { vr: "CS", Value: ["ISO_IR 192"] };
    return fromDicomJson(answer);
  }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: the whole ASCII range is meant
const isAscii = (text: string): boolean => /^[\x00-\x7f]*$/.test(text);
