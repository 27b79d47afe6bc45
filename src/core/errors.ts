/**
 * Every refusal has a stable code, so that a person, a log reader or a test can act on it.
 * Messages and details never hold patient data: no names, no identifiers from data sets, no query keys.
 */
export const errorCodes = {
  // objects that come in
  "object/not-dicom": "The bytes are not a DICOM Part 10 file.",
  "object/truncated": "The data set ends before its stated length.",
  "object/length": "An element states a length that does not fit its container.",
  "object/depth": "Sequences are nested deeper than the limit.",
  "object/element": "An element is malformed (VR, delimiter or order).",
  "object/missing-uid": "SOP Class, SOP Instance, Study or Series Instance UID is missing or invalid.",
  "object/mismatch": "The data set disagrees with the request about its SOP Class or SOP Instance UID.",
  "object/transfer-syntax": "The transfer syntax is unknown or its stream cannot be decoded.",
  "object/executable": "The preamble holds an executable; the file is quarantined.",
  "object/too-large": "The object exceeds the configured size limit.",
  "object/charset": "The character set is unknown.",
  "object/sop-class": "The SOP class is not accepted by configuration.",
  // requests
  "request/invalid": "The request is malformed.",
  "request/not-found": "No such resource.",
  "request/not-acceptable": "None of the acceptable representations can be given.",
  "request/unsupported": "The operation is not supported.",
  "request/media-type": "The media type of the request body is not supported.",
  "request/too-large": "The request exceeds a limit.",
  "request/cancelled": "The peer cancelled the operation.",
  "request/timeout": "The peer was too slow.",
  "request/busy": "Too many operations at once; try again later.",
  "request/conflict": "The request conflicts with the present state.",
  "request/denied": "This principal may not do that.",
  // the gate
  "gate/unauthenticated": "Nobody is logged in, or the login was refused.",
  "gate/unknown-peer": "The AE title is no known peer.",
  "gate/spoofed": "The AE title is known, but not from this address or with this certificate.",
  "gate/role": "No role of this principal may do that.",
  "gate/scope": "This key or peer is restricted to other actions.",
  "gate/sop-class": "This peer may not store the SOP class.",
  "gate/tenant": "That belongs to another tenant.",
  "gate/unknown-tenant": "No tenant has this name.",
  "gate/tenant-closed": "The tenant is closed.",
  "gate/vendor-session": "The vendor has no open session for it.",
  "gate/contained": "Access is paused.",
  "gate/reauthenticate": "A new login is asked for.",
  "gate/read-only": "Access is paused except for reading.",
  "gate/frozen": "Deletions are paused.",
  "gate/rate-limit": "Access is slowed down; try again later.",
  "gate/second-person": "A second person must approve.",
  "gate/forged": "The request does not carry the token of its session.",
  "gate/last-administrator": "It would leave nobody to administer the archive.",
  // upper layer
  "association/rejected": "The association was rejected.",
  "association/aborted": "The association was aborted.",
  "association/limit": "Too many associations.",
  "association/protocol": "The peer broke the upper layer protocol.",
  "association/timeout": "The peer did not answer in time.",
  "association/connect": "The peer could not be reached.",
  "association/listen": "The port cannot be listened on.",
  // storage
  "storage/full": "No space is left.",
  "storage/io": "The storage failed.",
  "storage/corrupt": "Stored bytes do not match their digest or chain.",
  "storage/arriving": "It has not arrived yet: a restore is under way. Try again in some seconds.",
  "storage/locked": "Another process holds this archive.",
  "storage/retention": "Retention forbids it.",
  "storage/format": "The archive's disk format is not one this version reads.",
  "storage/key": "The key is missing or does not open this archive.",
  "storage/hold": "It is on legal hold.",
  "storage/collected": "It was deleted and its retention has passed: its bytes were given back.",
  "storage/erased": "The patient's key was destroyed: nobody can read it any more.",
  // replica
  "replica/none": "The replica holds no recovery point of this archive at that time.",
  "replica/damaged": "The replica lacks, or has altered, what its recovery point lists.",
  "replica/fork": "The replica holds another history of this archive.",
  "replica/failed": "The replica cannot be reached, or it refuses.",
  // witnesses
  "witness/refused": "The witness knows another history of this archive.",
  "witness/unknown": "The witness does not know this archive or its key.",
  "witness/failed": "The witness cannot be reached, or its answer is of no use.",
  // mirror
  "mirror/failed": "The origin of this mirror cannot be reached, or its answer is of no use.",
  "mirror/denied": "The origin does not let this mirror read.",
  "mirror/damaged": "What the origin sent is not what it signed.",
  "mirror/stale": "The origin shows less than it had signed before.",
  "mirror/fork": "The origin shows another history than the one mirrored so far.",
  "mirror/read-only": "This is a mirror: it shows what its origin has, and changes nothing.",
  // rendering
  "render/unsupported": "There is no image to render, or no codec for it.",
  "render/failed": "The image could not be decoded.",
  "render/limit": "Rendering exceeded its time or memory limit.",
  // import and export
  "import/unreadable": "The file or folder cannot be read.",
  "import/missing": "The DICOMDIR lists a file that is not there.",
  "import/zip": "The ZIP file is damaged, encrypted or beyond the limits.",
  "export/target": "The files cannot be written there.",
  // configuration and command line
  "config/invalid": "The configuration is invalid.",
  "internal/error": "An unexpected error.",
} as const;

export type ErrorCode = keyof typeof errorCodes;

/** An expected failure with a stable code. `detail` is for people and holds no patient data. */
export class HoldfastError extends Error {
  readonly code: ErrorCode;
  readonly detail: string | undefined;
  constructor(code: ErrorCode, detail?: string, options?: ErrorOptions) {
    super(detail ? `${errorCodes[code]} ${detail}` : errorCodes[code], options);
    this.name = "HoldfastError";
    this.code = code;
    this.detail = detail;
  }
}

/** The code of any thrown value: unknown ones are `internal/error`, system ones map to `storage/*`. */
export function codeOf(error: unknown): ErrorCode {
  if (error instanceof HoldfastError) return error.code;
  const { code: system, errcode = 0 } = (error ?? {}) as { code?: string; errcode?: number };
  const sqlite = system === "ERR_SQLITE_ERROR" ? errcode & 0xff : 0; // primary result code
  const full = sqlite === 13 || errcode === 4874; // SQLITE_FULL, SQLITE_IOERR_SHMSIZE
  if (system === "ENOSPC" || system === "EDQUOT" || full) return "storage/full";
  if (system === "EIO" || system === "EROFS" || sqlite === 10) return "storage/io"; // SQLITE_IOERR
  return "internal/error";
}
