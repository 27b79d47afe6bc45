/** Transfer syntaxes and storage SOP classes of PS3.6 Annex A. */
import sopClasses from "./storage-sop-classes.json" with { type: "json" };
import syntaxes from "./transfer-syntaxes.json" with { type: "json" };

export interface TransferSyntax {
  uid: string;
  name: string;
  explicit: boolean;
  littleEndian: boolean;
  /** The data set behind the header is one raw deflate stream (PS3.5 A.5). */
  deflated: boolean;
  /** Pixel data comes in fragments (PS3.5 A.4). */
  encapsulated: boolean;
}

export const implicitLittleEndian = "1.2.840.10008.1.2";
export const explicitLittleEndian = "1.2.840.10008.1.2.1";
export const deflatedLittleEndian = "1.2.840.10008.1.2.1.99";
export const explicitBigEndian = "1.2.840.10008.1.2.2";
const deflated = new Set([deflatedLittleEndian, "1.2.840.10008.1.2.4.95", "1.2.840.10008.1.2.4.205"]);
const implicit = new Set([implicitLittleEndian, "1.2.840.10008.1.20"]);
const native = new Set([
  ...implicit,
  explicitLittleEndian,
  explicitBigEndian,
  "1.2.840.10008.1.2.4.94",
  "1.2.840.10008.1.2.4.204",
]);

export const transferSyntaxes: ReadonlyMap<string, TransferSyntax> = new Map(
  Object.entries(syntaxes).map(([uid, name]) => [
    uid,
    {
      uid,
      name,
      explicit: !implicit.has(uid),
      littleEndian: uid !== explicitBigEndian,
      deflated: deflated.has(uid),
      encapsulated: !native.has(uid) && !deflated.has(uid),
    },
  ]),
);

/** UID to name: every composite storage SOP class, retired ones too. */
export const storageSopClasses: ReadonlyMap<string, string> = new Map(Object.entries(sopClasses));

/** Identifies this implementation on the wire and in file headers (PS3.7 D.3.3.2). */
export const implementationClassUid = "2.25.204561329804715369822073541806127334975";
export const implementationVersionName = "HOLDFAST_1";
