/** Tidy rules over the repository itself. Each takes files and gives violations, one line each. */
import { isSource, place, type TextFile } from "./repository.ts";

export type Rule = (files: TextFile[]) => string[];

export const longestFile = 400;

/** Words are built from pieces so that the rules do not flag their own file. */
const unfinishedMarks = ["TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK", "not (yet )?imple" + "mented"];

/** Where time and randomness may enter. Everything else has them injected. */
export const entrances: Record<string, string> = {
  "src/core/time.ts": "defines the system clock that the composition root injects",
  "src/http/multipart/writer.ts": "boundaries that no stored object can foresee; a server may be given its own",
  "src/cli/program/environment.ts": "the command line's process: the one place commands get clock and identifiers from",
  "src/cli/compose/gate.ts": "composition root of the gate: secrets of accounts, keys and sessions are drawn here",
  "src/gate/testing/index.ts": "a gate for tests",
  "src/cli/compose/replicas.ts": "composition root of replication; as verify.ts",
  "src/cli/compose/witnesses.ts": "composition root of a witness: draws its key",
  "src/cli/compose/mirror.ts": "composition root of a mirror; as verify.ts",
  "src/archive/mirror/worker.ts": "composition root of the mirror's thread; as verify.ts",
  "src/archive/recovery/worker.ts": "composition root of the thread that assesses damage; as verify.ts",
  "src/vault/replica/restore/worker.ts": "composition root of the thread that brings a vault; as verify.ts",
  "src/cli/commands/restore.ts": "as verify.ts",
  "src/archive/keys.ts": "names a new archive and draws its keys",
  "src/archive/writer/worker.ts": "composition root of the writer thread",
  "src/vault/verify/verify.ts": "a keyring asks for randomness to make keys; reading draws none",
  "src/vault/verify/worker.ts": "composition root of a verifying thread; as verify.ts",
};

const entrancePatterns =
  /\bDate\.now\b|\bnew Date\(\)|\bMath\.random\b|\bperformance\.now\b|\b(?:crypto\.)?random(?:Bytes|UUID|Int|FillSync|Fill)\b|\bprocess\.hrtime\b|\bgetRandomValues\b/g;

export const fileLength: Rule = (files) =>
  files
    .filter((file) => file.path.endsWith(".ts"))
    .map((file) => ({ file, lines: file.text.split("\n").length - 1 }))
    .filter(({ lines }) => lines > longestFile)
    .map(({ file, lines }) => `${file.path} has ${lines} lines; at most ${longestFile}`);

export const unfinished: Rule = (files) =>
  matches(files, new RegExp(`\\b(?:${unfinishedMarks.join("|")})\\b`, "g"), "unfinished mark");

export const noConsole: Rule = (files) =>
  matches(
    files.filter((file) => /\.(ts|js|mjs)$/.test(file.path) && !isBrowserAsset(file)),
    /\bconsole\.(?:log|error|warn|info|debug|trace)\b/g,
    "use the logger, or write to the stream",
  );

export const injected: Rule = (files) =>
  matches(
    files.filter((file) => isSource(file) && !(file.path in entrances)),
    entrancePatterns,
    "time and randomness are injected (see entrances in test/house/tidy.ts)",
  );

/** Paths of one machine, which mean nothing on another. */
export const noMachinePaths: Rule = (files) =>
  matches(
    files.filter((file) => file.path !== "package-lock.json"),
    new RegExp(`(?<![\\w.:/-])/(?:ho${"me"}|ro${"ot"}|wo${"rk"}|Us${"ers"}|mnt)/[\\w.-]+`, "g"),
    "path of one machine",
  );

/** Packages come from the public registry, and only the lock file names it. */
export const registryHosts: Rule = (files) => [
  ...matches(
    files.filter((file) => file.path === "package-lock.json"),
    /"resolved": "(?!https:\/\/registry\.npmjs\.org\/)[^"]*"/g,
    "not the public registry",
  ),
  ...matches(
    files.filter((file) => file.path !== "package-lock.json" && !file.path.startsWith("test/house/")),
    /\bregistry\.npmjs\.org|\bnpm_config_registry\b|_authToken/g,
    "the lock file alone names the registry",
  ),
];

/** `npm ci` refuses a lock file that leaves out an optional package of another platform. */
export const lockComplete: Rule = (files) =>
  files
    .filter((file) => file.path === "package-lock.json")
    .flatMap((file) => {
      const packages: Record<string, { optionalDependencies?: Record<string, string> }> = JSON.parse(
        file.text,
      ).packages;
      const names = new Set(Object.keys(packages).map((path) => path.slice(path.lastIndexOf("node_modules/") + 13)));
      return Object.entries(packages).flatMap(([path, entry]) =>
        Object.keys(entry.optionalDependencies ?? {})
          .filter((name) => !names.has(name))
          .map(
            (name) => `${path} wants ${name}, which the lock file lacks: choose a version whose platforms all exist`,
          ),
      );
    });

export const rules: Record<string, Rule> = {
  fileLength,
  unfinished,
  noConsole,
  injected,
  noMachinePaths,
  registryHosts,
  lockComplete,
};

function matches(files: TextFile[], pattern: RegExp, complaint: string): string[] {
  return files.flatMap((file) =>
    [...file.text.matchAll(pattern)].map((match) => `${place(file, match.index)} "${match[0]}": ${complaint}`),
  );
}

function isBrowserAsset(file: TextFile): boolean {
  return /^(?:src\/http\/.*\/(?:assets|public)\/|console\/)/.test(file.path);
}
