/** The published JSON Schema of a policy file (docs/response-policy.schema.json is a copy, held equal by a test). */
import { containmentActions, principalKinds, roles, targetKinds, tenantPattern } from "../../gate/index.ts";
import { modes } from "./types.ts";

const text = (description: string, maxLength: number) => ({ type: "string", minLength: 1, maxLength, description });
const list = (items: object, description: string) => ({
  type: "array",
  items,
  minItems: 1,
  maxItems: 100,
  description,
});
const risk = { type: "number", minimum: 0, maximum: 1, description: "0 to 1; 0.5 is the level at which alerts begin" };
const technique = { type: "string", pattern: "^T[0-9]{4}(\\.[0-9]{3})?$" };
const tenant = { type: "string", pattern: tenantPattern.source };
const mode = { type: "string", enum: [...modes], description: "note only, propose to a person, or do at once" };

const condition = {
  type: "object",
  description: "all that are given must hold",
  additionalProperties: false,
  properties: {
    risk,
    evidence: list(text("detector", 64), "any of these detectors speaks"),
    kinds: { type: "integer", minimum: 1, maximum: 20, description: "so many independent kinds of evidence, at least" },
    invariant: { type: "boolean", description: "something was seen that ordinary work does not do at all" },
    automatic: {
      type: "boolean",
      description: "the engine finds the evidence strict enough to contain without asking",
    },
    roles: list({ type: "string", enum: [...roles] }, "any of these roles"),
    principals: list({ type: "string", enum: [...principalKinds] }, "any of these kinds of principal"),
    vendor: { type: "boolean", description: "it belongs to a vendor, or does not" },
    techniques: list(technique, "any of these MITRE ATT&CK techniques"),
    tenants: list(tenant, "any of these tenants"),
  },
};

const action = {
  type: "object",
  additionalProperties: false,
  required: ["action", "on"],
  properties: {
    action: { type: "string", enum: [...containmentActions] },
    on: { type: "string", enum: [...targetKinds] },
    minutes: { type: "integer", minimum: 1, maximum: 525_600, description: "it ends by itself after so many" },
    perMinute: { type: "integer", minimum: 1, maximum: 1_000_000, description: "for rate-limit" },
  },
  if: { properties: { action: { const: "rate-limit" } } },
  else: { properties: { perMinute: false } },
};

const rule = {
  type: "object",
  additionalProperties: false,
  required: ["name", "when", "actions", "mode"],
  properties: {
    name: text("unique in the policy", 64),
    when: condition,
    actions: { type: "array", items: action, minItems: 1, maxItems: 8 },
    mode,
  },
};

const example = {
  type: "object",
  additionalProperties: false,
  required: ["name", "finding", "rule"],
  properties: {
    name: text("what it shows", 200),
    finding: {
      type: "object",
      additionalProperties: false,
      required: ["risk", "evidence"],
      properties: {
        risk,
        evidence: { type: "array", items: text("detector", 64), maxItems: 20 },
        invariant: { type: "boolean" },
        automatic: { type: "boolean" },
        technique,
        roles: { type: "array", items: { type: "string", enum: [...roles] } },
        kind: { type: "string", enum: [...principalKinds] },
        vendor: text("vendor", 64),
        host: text("address", 64),
        tenant,
      },
    },
    rule: { type: ["string", "null"], description: "name of the rule that decides, or null" },
    mode,
    actions: { type: "array", items: { type: "string", enum: [...containmentActions] } },
  },
};

export const policySchema = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  $id: "response-policy.schema.json",
  title: "Holdfast response policy",
  type: "object",
  additionalProperties: false,
  required: ["version", "contact", "rules", "examples"],
  properties: {
    $schema: { type: "string", description: "lets an editor find this schema; not used otherwise" },
    version: { type: "integer", minimum: 1, description: "counted up with each change" },
    contact: text("whom a person affected may call, e.g. Radiology IT, 4711", 40),
    rules: { type: "array", items: rule, maxItems: 200, description: "the first whose condition holds decides" },
    examples: { type: "array", items: example, minItems: 1, maxItems: 1000, description: "run at every load" },
  },
};
