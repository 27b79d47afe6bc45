/**
 * One object on its way in, on the writer thread: splits the Part 10 header from the data set, checks the structure,
 * encrypts. What is wrong with an object is found here; what is stored is decided in commit.ts.
 */
import { hash, type KeyObject } from "node:crypto";
import { indexedAttributes } from "../../catalogue/index.ts";
import { type Content, type ErrorCode, HoldfastError, type Treatment } from "../../core/index.ts";
import {
  type DataSet,
  DataSetScanner,
  makeFileHeader,
  parseFileHeader,
  type ScanResult,
  storageSopClasses,
  transferSyntaxes,
} from "../../dicom/index.ts";
import type { FinishedObject, IncomingObject } from "../../vault/index.ts";
import { PixelDigest } from "./pixel-digest.ts";
import type { ObjectOpening } from "./protocol.ts";
import { isTreatment, treatmentLimits, treatmentOf } from "./treatment.ts";
import { Uniformity } from "./uniformity.ts";

/** Part 10 headers are some hundred bytes; one longer than this is hostile. */
const maxHeaderSize = 1024 * 1024;
const mediaStorageSopClass = 0x00020002;
export const spillThreshold = 4 * 1024 * 1024;

export interface IngestRules {
  maxObjectSize: number;
  acceptSopClasses: "all" | string[];
  /** Numbers in [0, 1): where samples are taken. */
  random: () => number;
  /** Of the pixel digests. */
  pixelKey: KeyObject;
  /** Encrypted bytes kept in memory before an object gets a file of its own; 4 MiB when absent. */
  spillThreshold?: number;
}

/** What is known of an object once all its bytes are there. */
export interface Ingested extends Omit<FinishedObject, "elsewhere"> {
  identity: { patientId: string; issuer?: string; studyUid: string; seriesUid: string };
  sopClassUid: string;
  sopInstanceUid: string;
  transferSyntaxUid: string;
  dataSetSize: number;
  headerDigest: string;
  attributes: ReturnType<typeof indexedAttributes>;
  content: Content;
  treatment?: Treatment;
  /** Sound DICOM, but kept apart and never served: why. */
  quarantine?: ErrorCode;
}

export class Ingest {
  readonly opening: ObjectOpening;
  readonly #object: IncomingObject;
  readonly #rules: IngestRules;
  #gathered: Buffer[] = [];
  #gatheredSize = 0;
  #prefix: Uint8Array | undefined;
  #scanner: DataSetScanner | undefined;
  #transferSyntaxUid = "";
  #compressible = false;
  #preamble: "zero" | "tiff" | "executable" | "other" = "zero";
  #received = 0;
  readonly #uniformity: Uniformity;
  readonly #pixels: PixelDigest;

  constructor(opening: ObjectOpening, object: IncomingObject, rules: IngestRules) {
    this.opening = opening;
    this.#object = object;
    this.#rules = rules;
    this.#uniformity = new Uniformity(rules.random);
    this.#pixels = new PixelDigest(rules.pixelKey);
    const { hint } = opening;
    if (hint.form === "dataset") this.#begin(headerFor(hint), hint.transferSyntaxUid ?? "", hint.sopClassUid);
  }

  get received(): number {
    return this.#received;
  }

  /** @throws HoldfastError object/* as soon as the bytes cannot be a sound object. */
  push(chunk: Uint8Array): void {
    this.#received += chunk.length;
    if (this.#received > this.#rules.maxObjectSize) throw new HoldfastError("object/too-large");
    if (this.#scanner) this.#data(chunk);
    else this.#gather(chunk);
  }

  /** The object should go to disk before more comes. */
  get heavy(): boolean {
    return this.#object.builder.pendingBytes > (this.#rules.spillThreshold ?? spillThreshold);
  }

  async spill(): Promise<void> {
    await this.#object.spill(this.#prefix!);
  }

  async discard(): Promise<void> {
    await this.#object.discard();
  }

  /** @throws HoldfastError object/* */
  end(): Ingested {
    if (!this.#scanner || !this.#prefix)
      throw new HoldfastError(this.#received < 132 ? "object/not-dicom" : "object/truncated");
    const scan = this.#scanner.end();
    const uids = identify(scan.header);
    this.#check(uids);
    const digest = this.#object.builder.digest();
    const told = treatmentOf(scan.header, uids.sopClassUid, uids.sopInstanceUid);
    if (told && (!told.whole || scan.irregular.includes("elements/many"))) scan.irregular.push("treatment/incomplete");
    return {
      object: this.#object,
      prefix: this.#prefix,
      digest,
      identity: { ...uids.identity },
      sopClassUid: uids.sopClassUid,
      sopInstanceUid: uids.sopInstanceUid,
      transferSyntaxUid: this.#transferSyntaxUid,
      dataSetSize: this.#object.builder.bodySize,
      headerDigest: hash("sha256", this.#prefix),
      attributes: indexedAttributes(scan.header),
      content: this.#content(scan, digest),
      ...(told ? { treatment: told.treatment } : {}),
      ...(this.#preamble === "executable" ? { quarantine: "object/executable" as const } : {}),
    };
  }

  #gather(chunk: Uint8Array): void {
    this.#gathered.push(Buffer.from(chunk));
    this.#gatheredSize += chunk.length;
    const bytes = this.#gathered.length === 1 ? this.#gathered[0]! : Buffer.concat(this.#gathered);
    const header = parseFileHeader(bytes);
    if (!header) {
      if (this.#gatheredSize > maxHeaderSize) throw new HoldfastError("object/not-dicom");
      this.#gathered = [bytes];
      return;
    }
    this.#gathered = [];
    this.#preamble = header.preamble;
    const sopClassUid = header.meta.string(mediaStorageSopClass);
    this.#begin(bytes.subarray(0, header.length), header.transferSyntaxUid, sopClassUid);
    this.#data(bytes.subarray(header.length));
  }

  /** @param sopClassUid as announced: it decides how much is kept of the data set, nothing else */
  #begin(prefix: Uint8Array, transferSyntaxUid: string, sopClassUid: string | undefined): void {
    const syntax = transferSyntaxes.get(transferSyntaxUid);
    if (!syntax) throw new HoldfastError("object/transfer-syntax");
    this.#prefix = prefix;
    this.#transferSyntaxUid = transferSyntaxUid;
    this.#compressible = !syntax.encapsulated && !syntax.deflated;
    this.#scanner = new DataSetScanner(
      transferSyntaxUid,
      sopClassUid && isTreatment(sopClassUid) ? treatmentLimits : {},
      (bytes) => this.#pixels.update(bytes),
    );
  }

  #data(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    this.#scanner!.push(chunk);
    this.#uniformity.sample(chunk);
    this.#object.builder.add(chunk, this.#compressible);
  }

  #check(uids: { sopClassUid: string; sopInstanceUid: string; identity: { studyUid: string } }): void {
    const { hint } = this.opening;
    if (hint.sopClassUid && hint.sopClassUid !== uids.sopClassUid)
      throw new HoldfastError("object/mismatch", "SOP Class UID.");
    if (hint.sopInstanceUid && hint.sopInstanceUid !== uids.sopInstanceUid)
      throw new HoldfastError("object/mismatch", "SOP Instance UID.");
    if (hint.studyUid && hint.studyUid !== uids.identity.studyUid)
      throw new HoldfastError("object/mismatch", "Study Instance UID.");
    const { acceptSopClasses } = this.#rules;
    const known = storageSopClasses.has(uids.sopClassUid);
    if (!known && acceptSopClasses !== "all" && !acceptSopClasses.includes(uids.sopClassUid))
      throw new HoldfastError("object/sop-class");
  }

  #content(scan: ScanResult, digest: Buffer): Content {
    const chi2 = this.#uniformity.range;
    const pixels = this.#pixels.end();
    return {
      size: this.#object.builder.bodySize,
      digest: digest.toString("hex"),
      transfer_syntax: this.#transferSyntaxUid,
      ...(pixels === undefined ? {} : { pixel_digest: pixels }),
      ...(chi2 ? { chi2_min: chi2.lowest, chi2_max: chi2.highest } : {}),
      preamble: this.#preamble,
      ...(scan.irregular.length > 0 ? { irregular: scan.irregular } : {}),
    };
  }
}

function headerFor(hint: ObjectOpening["hint"]): Uint8Array {
  return makeFileHeader({
    sopClassUid: hint.sopClassUid ?? "",
    sopInstanceUid: hint.sopInstanceUid ?? "",
    transferSyntaxUid: hint.transferSyntaxUid ?? "",
    ...(hint.sourceAeTitle ? { sourceAeTitle: hint.sourceAeTitle } : {}),
  });
}

/** Reads what names an object. @throws HoldfastError object/missing-uid */
function identify(header: DataSet) {
  const uid = (tag: number): string => {
    const value = header.string(tag) ?? "";
    if (!/^[0-9]+(\.[0-9]+)*$/.test(value) || value.length > 64) throw new HoldfastError("object/missing-uid");
    return value;
  };
  const issuer = header.string(0x00100021);
  return {
    sopClassUid: uid(0x00080016),
    sopInstanceUid: uid(0x00080018),
    identity: {
      patientId: header.string(0x00100020) ?? "",
      ...(issuer ? { issuer } : {}),
      studyUid: uid(0x0020000d),
      seriesUid: uid(0x0020000e),
    },
  };
}
