/** A policy from a file: checked against its schema, its own examples, and itself. */
import { readFile } from "node:fs/promises";
import { Ajv2020 } from "ajv/dist/2020.js";
import { parse } from "yaml";
import { HoldfastError } from "../../core/index.ts";
import { defaultTenant } from "../../gate/index.ts";
import type { Finding } from "../finding.ts";
import { evaluate } from "./evaluate.ts";
import { policySchema } from "./schema.ts";
import type { Example, ExampleFinding, Policy } from "./types.ts";

const mostBytes = 1024 * 1024;

/** JSON or YAML. @throws HoldfastError config/invalid naming what is wrong and where */
export async function loadPolicy(path: string): Promise<Policy> {
  const text = await readFile(path, "utf8").catch(() => refuse(`The policy ${path} cannot be read.`));
  if (text.length > mostBytes) refuse(`The policy ${path} is larger than ${mostBytes} bytes.`);
  let value: unknown;
  try {
    value = parse(text, { maxAliasCount: 0 });
  } catch (error) {
    refuse(`The policy ${path} is neither JSON nor YAML: ${(error as Error).message.split("\n")[0]}.`);
  }
  return checkPolicy(value);
}

/** @throws HoldfastError config/invalid */
export function checkPolicy(value: unknown): Policy {
  const ajv = new Ajv2020({ allErrors: true, strictTypes: false, allowUnionTypes: true, strictRequired: false });
  const valid = ajv.compile(policySchema);
  if (!valid(value))
    refuse(valid.errors!.map(({ instancePath, message }) => `policy${instancePath}: ${message}.`).join(" "));
  const policy = value as unknown as Policy;
  const complaints = [
    ...doubles(policy),
    ...unreached(policy),
    ...policy.examples.flatMap((each) => run(policy, each)),
  ];
  if (complaints.length > 0) refuse(complaints.join(" "));
  return policy;
}

function doubles({ rules }: Policy): string[] {
  const seen = new Set<string>();
  return rules.flatMap(({ name }) => {
    if (seen.has(name)) return [`Two rules are named ${name}.`];
    seen.add(name);
    return [];
  });
}

/** What acts by itself must be shown by an example, so that nobody is surprised by it. */
function unreached({ rules, examples }: Policy): string[] {
  return rules
    .filter(({ mode, name }) => mode === "automatic" && !examples.some((example) => example.rule === name))
    .map(({ name }) => `No example shows rule ${name}, which acts by itself.`);
}

function run(policy: Policy, { name, finding, rule, mode, actions }: Example): string[] {
  const verdict = evaluate(policy, findingOf(finding));
  const is = verdict?.rule ?? null;
  if (is !== rule) return [`Example "${name}" meets ${is ?? "no rule"}, not ${rule ?? "none"}.`];
  if (mode !== undefined && verdict?.mode !== mode) return [`Example "${name}" is ${verdict?.mode}, not ${mode}.`];
  const done = verdict?.measures.map(({ action }) => action) ?? [];
  if (actions && done.join() !== actions.join())
    return [`Example "${name}" leads to ${done.join(", ") || "nothing"}, not ${actions.join(", ") || "nothing"}.`];
  return [];
}

function findingOf(example: ExampleFinding): Finding {
  const {
    risk,
    evidence,
    invariant = false,
    automatic = false,
    technique,
    roles = [],
    kind = "person",
    vendor,
    host,
    tenant,
  } = example;
  return {
    time: 0,
    risk,
    evidence,
    invariant,
    automatic,
    reasons: [],
    ...(technique === undefined ? {} : { technique }),
    subject: {
      principal: "example",
      kind,
      roles,
      tenant: tenant ?? defaultTenant,
      ...(vendor === undefined ? {} : { vendor }),
      ...(host === undefined ? {} : { host }),
    },
  };
}

function refuse(detail: string): never {
  throw new HoldfastError("config/invalid", detail);
}
