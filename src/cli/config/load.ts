/** Puts the configuration together: defaults < file < environment < command line. Later ones win, option by option. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { HoldfastError } from "../../core/index.ts";
import { check } from "./checks.ts";
import { fromEnvironment } from "./environment.ts";
import type { Config } from "./types.ts";
import { validate } from "./validate.ts";

export const configNames = ["holdfast.config.json", "holdfast.config.yaml"];

type Stated = Record<string, unknown>;

export interface Sources {
  /** Folder that relative paths of the command line and environment, and the search for a file, start from. */
  cwd: string;
  environment: NodeJS.ProcessEnv;
  /** A named file (must exist); else the first of `configNames` in `cwd`, if any. */
  file?: string;
  /** Options given on the command line, by option path. */
  options?: Stated;
}

/** @throws HoldfastError config/invalid: the message names each wrong option and its mend. */
export async function loadConfig(sources: Sources): Promise<Config> {
  const { cwd, environment } = sources;
  const file = sources.file ?? environment["HOLDFAST_CONFIG"];
  const fromFile = file ? await readConfigFile(resolve(cwd, file)) : await findConfigFile(cwd);
  const rest = merge(absolute(fromEnvironment(environment), cwd), absolute(sources.options ?? {}, cwd));
  const config = merge(fromFile, rest);
  validate(config);
  const { $schema: _, ...stated } = absolute(config, cwd);
  const whole = stated as unknown as Config;
  check(whole);
  return whole;
}

async function findConfigFile(cwd: string): Promise<Stated> {
  const found = configNames.map((name) => resolve(cwd, name)).filter((path) => existsSync(path));
  if (found.length > 1) throw refuse(`there is ${configNames.join(" and ")}; keep one, or name one with --config.`);
  return found[0] ? readConfigFile(found[0]) : {};
}

async function readConfigFile(path: string): Promise<Stated> {
  const text = readText(path);
  if (text === undefined) throw refuse(`${path} cannot be read; mend --config or its permissions.`);
  const parsed = path.endsWith(".json") ? parseJson(path, text) : await parseYaml(path, text);
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) {
    throw refuse(`${path} must hold one object of options.`);
  }
  return absolute(parsed as Stated, dirname(path));
}

function parseJson(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw refuse(`${path} is not valid JSON: ${(cause as Error).message}.`);
  }
}

async function parseYaml(path: string, text: string): Promise<unknown> {
  const { parse } = await import("yaml");
  try {
    return parse(text, { maxAliasCount: 100 }) ?? {};
  } catch (cause) {
    throw refuse(`${path} is not valid YAML: ${(cause as Error).message.split("\n")[0]}`);
  }
}

/** Objects are merged, all else is replaced; lists too, so that a list is always stated whole in one place. */
function merge(under: Stated, over: Stated): Stated {
  const merged = { ...under };
  for (const [name, value] of Object.entries(over)) {
    if (value === undefined) continue;
    const below = merged[name];
    merged[name] = isObject(below) && isObject(value) ? merge(below, value) : value;
  }
  return merged;
}

const pathOptions = new Set([
  "data",
  "keyFile",
  "cert",
  "key",
  "ca",
  "clientSecretFile",
  "policy",
  "secretFile",
  "credentialsFile",
]);

/** Paths are meant relative to where they were written: the file's folder, or the working folder. */
function absolute(stated: Stated, base: string): Stated {
  return Object.fromEntries(
    Object.entries(stated).map(([name, value]) => {
      if (isObject(value)) return [name, absolute(value, base)];
      if (name === "witnesses" && Array.isArray(value)) {
        // Their key is no file.
        return [name, value.map((one) => (isObject(one) ? { ...absolute(one, base), ...only(one, "key") } : one))];
      }
      if (name === "replicas" && Array.isArray(value)) {
        return [name, value.map((replica) => (isObject(replica) ? absoluteReplica(replica, base) : replica))];
      }
      if ((name === "peers" || name === "routes") && Array.isArray(value)) {
        return [name, value.map((peer) => (isObject(peer) ? absolute(peer, base) : peer))];
      }
      return [name, pathOptions.has(name) && typeof value === "string" && value !== "" ? resolve(base, value) : value];
    }),
  );
}

const only = (stated: Stated, name: string): Stated => (name in stated ? { [name]: stated[name] } : {});

/** A replica goes to a folder or to a bucket. */
function absoluteReplica(replica: Stated, base: string): Stated {
  const { to } = replica;
  const isFolder = typeof to === "string" && to !== "" && !to.startsWith("s3://");
  return { ...absolute(replica, base), ...(isFolder ? { to: resolve(base, to) } : {}) };
}

function isObject(value: unknown): value is Stated {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

function refuse(detail: string): HoldfastError {
  return new HoldfastError("config/invalid", detail);
}
