import { explicitLittleEndian, implicitLittleEndian, storageSopClasses, transferSyntaxes } from "../../dicom/index.ts";
import { type ContextPolicy, serviceOf } from "../../dimse/index.ts";

/** Transfer syntaxes of everything that is no stored object, the preferred one first. */
export const identifierSyntaxes = [explicitLittleEndian, implicitLittleEndian];

/**
 * What is accepted (docs/conformance.md). Objects pass through untouched in every transfer syntax of the table, so
 * the first one that the peer proposes is taken; identifiers are read in two.
 */
export function contextPolicy(acceptSopClasses: "all" | readonly string[]): ContextPolicy {
  const configured = new Set(acceptSopClasses === "all" ? [] : acceptSopClasses);
  const all = acceptSopClasses === "all";
  const isStorage = (uid: string): boolean => serviceOf(uid) === "store";
  return {
    supports: (uid) => !isStorage(uid) || storageSopClasses.has(uid) || all || configured.has(uid),
    choose: (uid, proposed) => proposed.find(isStorage(uid) ? isTransferSyntax : isForIdentifiers),
    roles: ({ sopClassUid }) => ({
      scu: true,
      // C-GET brings instances back, and commitment reports come, over the peer's association.
      scp: ["store", "commitment"].includes(serviceOf(sopClassUid)),
    }),
  };
}

const isTransferSyntax = (uid: string): boolean => transferSyntaxes.has(uid);
const isForIdentifiers = (uid: string): boolean => identifierSyntaxes.includes(uid);
