import type { InstanceRef } from "../../archive/index.ts";
import type { Services } from "../services.ts";
import { canReencode, explicitLittleEndian, isLossyOrUnknown, reencoded } from "./reencode.ts";

/** One instance as it will be sent. */
export interface Representation {
  ref: InstanceRef;
  contentType: string;
  /** Tells representations of the same bytes apart in entity tags. */
  variant: "stored" | "explicit";
  /** Absent when it is only known once it has been made. */
  length?: number;
  /** The Part 10 file `[start, end)`; a range only where the length is known. */
  chunks(start?: number, end?: number): AsyncIterable<Uint8Array>;
}

/**
 * The first of the transfer syntaxes that can be given: `*` is as stored, undefined the default of PS3.18 8.7.3, which
 * is Explicit VR Little Endian unless there is only lossy data, no codec, or too much of it. Undefined when none can.
 */
export function representationOf(
  services: Services,
  ref: InstanceRef,
  syntaxes: (string | undefined)[],
): Representation | undefined {
  for (const asked of syntaxes) {
    const syntax = asked ?? defaultSyntax(services, ref);
    if (syntax === "*" || syntax === ref.transferSyntaxUid) return stored(services, ref);
    if (syntax === explicitLittleEndian && canReencode(ref, services.limits)) return explicit(services, ref);
  }
  return undefined;
}

function defaultSyntax(services: Services, ref: InstanceRef): string {
  const decodes = canReencode(ref, services.limits) && !isLossyOrUnknown(ref.transferSyntaxUid);
  return decodes ? explicitLittleEndian : ref.transferSyntaxUid;
}

function stored(services: Services, ref: InstanceRef): Representation {
  return {
    ref,
    contentType: `application/dicom; transfer-syntax=${ref.transferSyntaxUid}`,
    variant: "stored",
    length: ref.headerSize + ref.dataSetSize,
    chunks: (start, end) => services.archive.open(ref).file(start, end),
  };
}

function explicit(services: Services, ref: InstanceRef): Representation {
  return {
    ref,
    contentType: `application/dicom; transfer-syntax=${explicitLittleEndian}`,
    variant: "explicit",
    chunks: () => reencoded(services, ref),
  };
}
