/** How the pixel data of each transfer syntax that can be decoded is coded, and the media type of its frames (PS3.18 Table 8.7.3-5). */
export type Coding = "native" | "rle" | "jpeg" | "jpeg-lossless" | "jpeg-ls" | "jpeg-2000" | "htj2k";

const codings: Record<string, Coding> = {
  "1.2.840.10008.1.2": "native",
  "1.2.840.10008.1.2.1": "native",
  "1.2.840.10008.1.2.1.98": "native",
  "1.2.840.10008.1.2.1.99": "native",
  "1.2.840.10008.1.2.2": "native",
  "1.2.840.10008.1.2.5": "rle",
  "1.2.840.10008.1.2.4.50": "jpeg",
  "1.2.840.10008.1.2.4.51": "jpeg",
  "1.2.840.10008.1.2.4.57": "jpeg-lossless",
  "1.2.840.10008.1.2.4.70": "jpeg-lossless",
  "1.2.840.10008.1.2.4.80": "jpeg-ls",
  "1.2.840.10008.1.2.4.81": "jpeg-ls",
  "1.2.840.10008.1.2.4.90": "jpeg-2000",
  "1.2.840.10008.1.2.4.91": "jpeg-2000",
  "1.2.840.10008.1.2.4.201": "htj2k",
  "1.2.840.10008.1.2.4.202": "htj2k",
  "1.2.840.10008.1.2.4.203": "htj2k",
};

/** Undefined when no codec is there for it. */
export function codingOf(transferSyntaxUid: string): Coding | undefined {
  return codings[transferSyntaxUid];
}

/** Transfer syntaxes whose images may have lost information: they are not decoded unasked (PS3.18 8.7.3). */
const lossy = new Set([
  "1.2.840.10008.1.2.4.50",
  "1.2.840.10008.1.2.4.51",
  "1.2.840.10008.1.2.4.81",
  "1.2.840.10008.1.2.4.91",
  "1.2.840.10008.1.2.4.203",
]);

export function isLossy(transferSyntaxUid: string): boolean {
  return lossy.has(transferSyntaxUid);
}

/** Media type of one frame as it is stored. */
export function frameMediaType(transferSyntaxUid: string): string {
  const coding = codings[transferSyntaxUid];
  if (coding === undefined) return otherMediaTypes[transferSyntaxUid] ?? "application/octet-stream";
  return mediaTypes[coding];
}

const mediaTypes: Record<Coding, string> = {
  native: "application/octet-stream",
  rle: "image/dicom-rle",
  jpeg: "image/jpeg",
  "jpeg-lossless": "image/jpeg",
  "jpeg-ls": "image/jls",
  "jpeg-2000": "image/jp2",
  htj2k: "image/jphc",
};

const otherMediaTypes: Record<string, string> = {
  "1.2.840.10008.1.2.4.92": "image/jpx",
  "1.2.840.10008.1.2.4.93": "image/jpx",
  "1.2.840.10008.1.2.4.100": "video/mpeg",
  "1.2.840.10008.1.2.4.101": "video/mpeg",
  "1.2.840.10008.1.2.4.102": "video/mp4",
  "1.2.840.10008.1.2.4.103": "video/mp4",
  "1.2.840.10008.1.2.4.107": "video/mp4",
  "1.2.840.10008.1.2.4.108": "video/mp4",
  "1.2.840.10008.1.2.4.110": "image/jxl",
  "1.2.840.10008.1.2.4.111": "image/jxl",
  "1.2.840.10008.1.2.4.112": "image/jxl",
};
