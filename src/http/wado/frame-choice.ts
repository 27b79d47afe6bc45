import { HoldfastError } from "../../core/index.ts";
import { covers, type MediaRange } from "../media.ts";
import { codingOf, frameMediaType, isLossy } from "../render/index.ts";
import type { FrameReader } from "./frame-reader.ts";
import { explicitLittleEndian } from "./reencode.ts";

export interface FrameChoice {
  form: "single" | "multipart";
  /** As stored, or decoded. */
  coding: "stored" | "decoded";
  mediaType: string;
  transferSyntaxUid: string;
}

type Given = Omit<FrameChoice, "form">;

const octets = "application/octet-stream";

/** How frames are sent (PS3.18 8.7.3.3): the first acceptable form that can be given; a bare one for a single frame. */
export function chooseFrames(ranges: MediaRange[], reader: FrameReader, one: boolean): FrameChoice {
  for (const range of ranges) {
    const multipart = covers(range, "multipart/related");
    if (!multipart && !one) continue;
    const wanted = multipart ? range.parameters.get("type")?.toLowerCase() : range.type;
    const given = givenFor(wanted ?? "*/*", range.parameters.get("transfer-syntax"), reader);
    if (given) return { form: multipart ? "multipart" : "single", ...given };
  }
  throw new HoldfastError("request/not-acceptable", "The frames cannot be given in an acceptable form.");
}

function givenFor(wanted: string, syntax: string | undefined, reader: FrameReader): Given | undefined {
  const stored = reader.header.transferSyntaxUid;
  const plain = wanted === "*/*" || wanted === octets;
  const explicit: Given = { coding: "decoded", mediaType: octets, transferSyntaxUid: explicitLittleEndian };
  if (!reader.encapsulated) return plain ? { ...explicit, coding: reader.verbatim ? "stored" : "decoded" } : undefined;
  const asStored: Given = { coding: "stored", mediaType: frameMediaType(stored), transferSyntaxUid: stored };
  const anySyntax = syntax === "*" || syntax === stored;
  if (wanted === asStored.mediaType && wanted !== octets)
    return anySyntax || syntax === undefined ? asStored : undefined;
  if (!plain) return undefined;
  if (anySyntax) return asStored;
  const decodable = codingOf(stored) !== undefined;
  if (syntax === undefined) return decodable && !isLossy(stored) ? explicit : asStored;
  return syntax === explicitLittleEndian && decodable ? explicit : undefined;
}
