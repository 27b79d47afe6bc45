/** What an operator does about each code that can stop a command or be met in a log. Printed with the error and in docs/errors.md. */
import type { ErrorCode } from "../../core/index.ts";

const mends: Partial<Record<ErrorCode, string>> = {
  "object/not-dicom": "Nothing to do when the file is none; otherwise export it again as a DICOM Part 10 file.",
  "object/truncated": "Send the object again from its source; this copy is incomplete.",
  "object/length": "Send the object again from its source; if it repeats, the source writes invalid DICOM.",
  "object/depth": "The source nests sequences beyond reason; ask its vendor.",
  "object/element": "Send the object again from its source; if it repeats, the source writes invalid DICOM.",
  "object/missing-uid": "The source leaves out a required UID; correct it there and send again.",
  "object/mismatch": "The sender states another SOP class or instance than the object holds; correct the sender.",
  "object/transfer-syntax": "Have the source send a transfer syntax of the standard.",
  "object/executable": "Treat the source as compromised until shown otherwise; the bytes are kept in quarantine.",
  "object/too-large": "Raise limits.objectBytes if such objects are expected.",
  "object/charset": "The source names a character set that the standard does not have; ask its vendor.",
  "object/sop-class": "Add the class to acceptUnknownSopClasses if it shall be stored.",
  "request/denied": "Ask the operator for the right, or use an identity that has it.",
  "request/busy": "Try again later; raise the limits if it repeats.",
  "request/timeout": "Check the network between the two; raise limits.dimseSeconds for slow peers.",
  "gate/unauthenticated": "Log in, or send a valid API key.",
  "gate/unknown-peer": "Register it: holdfast peers add.",
  "gate/spoofed":
    "Treat it as an attack until shown otherwise; if the device moved, change the peer's addresses or certificate.",
  "gate/role": "Use an identity with the role, or have an administrator give it.",
  "gate/scope": "Make a key with the scope, or widen the peer's services.",
  "gate/sop-class": "Add the class to the peer's SOP classes if it shall be stored.",
  "gate/tenant": "Use an identity of that tenant.",
  "gate/unknown-tenant": "Add it: holdfast tenants add.",
  "gate/tenant-closed": "An administrator can reopen it: holdfast tenants reopen.",
  "gate/vendor-session": "Open a vendor session that covers the host and the tenant.",
  "gate/contained": "Call the contact in the message; whoever contained it can release it.",
  "gate/reauthenticate": "Log in again; a device opens a new association.",
  "gate/read-only": "Call the contact in the message.",
  "gate/frozen": "Wait, or call the contact in the message.",
  "gate/rate-limit": "Slow down, or call the contact in the message.",
  "gate/second-person": "Have another person with the right approve it.",
  "gate/forged": "Reload the page and try again.",
  "gate/last-administrator": "Make another administrator first.",
  "association/rejected": "Compare AE titles and presentation contexts on both sides; the reason is in the log.",
  "association/aborted": "See the log of the side that aborted.",
  "association/limit":
    "Close idle associations at the peer, or raise limits.associations and limits.associationsPerPeer.",
  "association/protocol": "The peer does not speak the DICOM upper layer; check that port and TLS settings agree.",
  "association/timeout": "Check the network between the two; raise limits.artimSeconds or limits.idleSeconds.",
  "association/listen": "Choose another port, or stop what uses this one.",
  "association/connect": "Check host, port and firewall, and that the peer runs.",
  "storage/full": "Make room on the volume; storing resumes by itself.",
  "storage/io": "Check the volume and the system's log; storing resumes when writes succeed again.",
  "storage/corrupt": "Run holdfast verify, keep the damaged folder, and restore from a copy.",
  "storage/locked": "Another process holds this data folder: stop it, or import through it with --url.",
  "storage/retention": "Wait until retention has passed; nothing lifts it earlier.",
  "storage/format": "Use the version of Holdfast that wrote this archive, or a newer one.",
  "storage/key": "Name the right key file with --key-file or HOLDFAST_KEY_FILE, or restore it from its backup.",
  "replica/none": "Check --from, --archive and the key file, or name a later time with --at.",
  "replica/damaged": "Restore as of an earlier time with --at, or from another replica.",
  "replica/fork":
    "An archive restored to an earlier time needs a replica of its own: give it another prefix or folder.",
  "replica/failed": "Check address, credentials and network of the replica.",
  "witness/refused":
    "Treat it as an attack until shown otherwise: keep the folder, ask the witness for its checkpoint (docs/operators.md).",
  "witness/unknown": "Give the witness's operator the archive's key: holdfast witness log-key.",
  "witness/failed": "Check address, certificate and network of the witness.",
  "render/unsupported": "Retrieve the object itself; a viewer with the codec can show it.",
  "render/limit": "Retrieve the object itself; it is too large to render here.",
};

export function mendOf(code: ErrorCode): string | undefined {
  return mends[code];
}
