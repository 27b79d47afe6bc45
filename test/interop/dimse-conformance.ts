/** The tables of docs/conformance.md, made from the code; `npm run docs` writes them, a test holds them equal. */
import { readFileSync } from "node:fs";
import { contextPolicy, identifierSyntaxes } from "../../src/archive/scp/policy.ts";
import { storeStatus } from "../../src/archive/scp/store.ts";
import { type ErrorCode, errorCodes } from "../../src/core/index.ts";
import {
  implementationClassUid,
  implementationVersionName,
  storageSopClasses,
  transferSyntaxes,
} from "../../src/dicom/index.ts";
import {
  bcp195,
  defaultServerLimits,
  defaultTimeouts,
  rejections,
  rejectText,
  serviceOf,
  sopClasses,
} from "../../src/dimse/index.ts";

const page = new URL("../../docs/conformance.md", import.meta.url);

/** The page with each part between `<!-- table NAME -->` and `<!-- end -->` made anew. */
export function conformancePage(): string {
  return readFileSync(page, "utf8").replace(
    /(<!-- table ([\w-]+) -->\n)[\s\S]*?(<!-- end -->)/g,
    (_whole, begin: string, name: string, end: string) => {
      const table = tables[name];
      if (!table) throw new Error(`no table is called ${name}`);
      return `${begin}\n${table()}\n\n${end}`;
    },
  );
}

const tables: Record<string, () => string> = {
  implementation: () =>
    rows(
      ["", ""],
      [
        ["Implementation Class UID", code(implementationClassUid)],
        ["Implementation Version Name", code(implementationVersionName)],
        ["Maximum Length offered by the library, bytes", String(defaultServerLimits.maximumLength)],
        ["Presentation contexts per association, at most", String(defaultServerLimits.contexts)],
        ["Command set, bytes at most", String(defaultServerLimits.command)],
        ["Identifier or commitment request, bytes at most", String(defaultServerLimits.identifier)],
        ["Asynchronous operations window", "1 invoked, 1 performed"],
        [
          "ARTIM, idle and DIMSE time-outs without configuration, s",
          seconds(defaultTimeouts.artim, defaultTimeouts.idle, defaultTimeouts.dimse),
        ],
      ],
    ),
  services: () => rows(["SOP class", "UID", "SCU", "SCP"], Object.entries(sopClasses).map(service)),
  storage: () =>
    rows(
      ["UID", "SOP class"],
      [...storageSopClasses].filter(([uid]) => accepts(uid)).map(([uid, name]) => [code(uid), name]),
    ),
  "transfer-syntaxes": () =>
    rows(
      ["UID", "Transfer syntax", "Also for identifiers"],
      [...transferSyntaxes.values()].map(({ uid, name }) => [
        code(uid),
        name,
        identifierSyntaxes.includes(uid) ? "yes" : "",
      ]),
    ),
  "store-status": () =>
    rows(
      ["Status", "When"],
      [["0000", "Stored and durable; also when the same bytes were there before."], ...storeStatuses()],
    ),
  rejections: () =>
    rows(
      ["Result/source/reason", "When"],
      Object.entries(reasons).map(([name, when]) => [
        code(rejectText(rejections[name as keyof typeof rejections])),
        when,
      ]),
    ),
  ciphers: () =>
    rows(
      ["Cipher suite"],
      bcp195.ciphers!.split(":").map((name) => [code(name)]),
    ),
};

const policy = contextPolicy([]);
const accepts = (uid: string): boolean => policy.supports(uid);

const names: Record<keyof typeof sopClasses, string> = {
  verification: "Verification",
  patientRootFind: "Patient Root Query/Retrieve – FIND",
  patientRootMove: "Patient Root Query/Retrieve – MOVE",
  patientRootGet: "Patient Root Query/Retrieve – GET",
  studyRootFind: "Study Root Query/Retrieve – FIND",
  studyRootMove: "Study Root Query/Retrieve – MOVE",
  studyRootGet: "Study Root Query/Retrieve – GET",
  storageCommitment: "Storage Commitment Push Model",
};

function service([name, uid]: [string, string]): string[] {
  const both = serviceOf(uid) === "store" ? "" : "yes";
  return [names[name as keyof typeof sopClasses], code(uid), both, accepts(uid) ? both : ""];
}

const reasons: Record<keyof typeof rejections, string> = {
  noReason: "No proposed context is served, or the Maximum Length leaves no room for a fragment.",
  applicationContext: "The application context is not the DICOM one.",
  callingAeTitle: "The calling AE title is not known.",
  calledAeTitle: "The called AE title is neither ours nor that of a view.",
  userIdentity: "The user identity is refused.",
  protocolVersion: "The protocol version is not 1.",
  localLimit: "Too many associations, overall or from this address, or too many presentation contexts.",
};

/** Statuses of C-STORE with the codes that lead to each; any other code is a processing failure. */
function storeStatuses(): string[][] {
  const other = storeStatus("internal/error");
  const byStatus = Map.groupBy(Object.keys(errorCodes) as ErrorCode[], storeStatus);
  const named = [...byStatus].filter(([status]) => status !== other).sort(([a], [b]) => a - b);
  const listed = named.map(([status, codes]) => [
    hex(status),
    codes.map((each) => `${errorCodes[each]} (${code(each)})`).join("<br>"),
  ]);
  return [...listed, [hex(other), "Any other failure."]];
}

function rows(head: string[], body: string[][]): string {
  return [head, head.map(() => "---"), ...body].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

const code = (text: string): string => `\`${text}\``;
const hex = (status: number): string => status.toString(16).toUpperCase().padStart(4, "0");
const seconds = (...milliseconds: number[]): string => milliseconds.map((each) => each / 1000).join(", ");
