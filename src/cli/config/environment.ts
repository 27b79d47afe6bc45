/**
 * `HOLDFAST_*` variables override the file. The name is the option's path in upper case with underscores:
 * `limits.pduLength` is HOLDFAST_LIMITS_PDU_LENGTH. Lists are JSON, or words separated by commas.
 */
import { HoldfastError } from "../../core/index.ts";
import { closest } from "./closest.ts";
import { configSchema } from "./schema.ts";

interface Node {
  type?: string | string[];
  properties?: Record<string, Node>;
}

/** Variable names and the option each sets, as a path. */
export const environmentOptions: ReadonlyMap<string, { path: string[]; type: string }> = new Map(
  leaves(configSchema as Node, []).map((leaf) => [variableName(leaf.path), leaf]),
);

/** Set for other purposes: which file to read, the test run, and what Kubernetes adds for a service named holdfast. */
const notOptions = /^HOLDFAST_(?:CONFIG|TOKEN|NO_SKIP|TEST_.*|FUZZ_.*|BENCH_.*|PORT|PORT_.*|SERVICE_.*)$/;

/** The part of a configuration that the environment states, unvalidated but with numbers and booleans read. */
export function fromEnvironment(environment: NodeJS.ProcessEnv): Record<string, unknown> {
  const stated: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(environment)) {
    if (!name.startsWith("HOLDFAST_") || value === undefined || value === "" || notOptions.test(name)) continue;
    const option = environmentOptions.get(name);
    if (!option) throw unknown(name);
    place(stated, option.path, read(name, value, option.type));
  }
  return stated;
}

export function variableName(path: string[]): string {
  return `HOLDFAST_${path.map((part) => part.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()).join("_")}`;
}

function leaves(node: Node, path: string[]): { path: string[]; type: string }[] {
  if (node.properties) {
    return Object.entries(node.properties)
      .filter(([name]) => name !== "$schema")
      .flatMap(([name, child]) => leaves(child, [...path, name]));
  }
  return [{ path, type: Array.isArray(node.type) ? "array" : (node.type ?? "string") }];
}

function read(name: string, value: string, type: string): unknown {
  if (type === "integer") return /^-?\d+$/.test(value) ? Number(value) : value;
  if (type === "boolean")
    return value === "true" || value === "1" ? true : value === "false" || value === "0" ? false : value;
  if (type === "array") return readList(name, value);
  return value;
}

function readList(name: string, value: string): unknown {
  if (value === "all") return value;
  if (!/^\s*\[/.test(value)) return value.split(",").map((word) => word.trim());
  try {
    return JSON.parse(value);
  } catch {
    throw new HoldfastError("config/invalid", `${name} is not valid JSON; write a JSON array on one line.`);
  }
}

function place(into: Record<string, unknown>, path: string[], value: unknown): void {
  let at = into;
  for (const part of path.slice(0, -1)) {
    at[part] ??= {};
    at = at[part] as Record<string, unknown>;
  }
  at[path.at(-1)!] = value;
}

function unknown(name: string): HoldfastError {
  const guess = closest(name, environmentOptions.keys());
  const mend = guess ? `did you mean ${guess}?` : "unset it, or see docs/operators.md for the variables there are.";
  return new HoldfastError("config/invalid", `${name} is not an option; ${mend}`);
}
