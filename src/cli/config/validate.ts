/** Judges a configuration against the schema and says, per wrong option, what is wrong and how to mend it. */
import { Ajv2020, type ErrorObject } from "ajv/dist/2020.js";
import { HoldfastError } from "../../core/index.ts";
import { closest } from "./closest.ts";
import { configSchema } from "./schema.ts";

interface Schema {
  description?: string;
  properties?: Record<string, Schema>;
  items?: Schema;
}

/** What ajv says about an error, by keyword. */
interface Params {
  additionalProperty: string;
  missingProperty: string;
  property: string;
  allowedValues: string[];
  allowedValue: string;
  type: string | string[];
  limit: number;
}

/** Fills defaults in place. @throws HoldfastError config/invalid naming every wrong option. */
export function validate(config: Record<string, unknown>): void {
  const ajv = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true, useDefaults: true, verbose: true });
  if (ajv.validate(configSchema, config)) return;
  const complaints = new Set((ajv.errors ?? []).filter((error) => error.keyword !== "if").map(complaint));
  throw new HoldfastError("config/invalid", [...complaints].join(" "));
}

function complaint(error: ErrorObject): string {
  const name = optionName(error.instancePath);
  const about = describe(error.instancePath);
  const params = error.params as Params;
  switch (error.keyword) {
    case "additionalProperties":
      return unknownOption(error.instancePath, params.additionalProperty);
    case "required":
      return `${inside(name, params.missingProperty)} is missing; ${descriptionOf(`${error.instancePath}/${params.missingProperty}`)}.`;
    case "dependentRequired":
      return `${inside(name, params.property)} is set without ${params.missingProperty}; state both or neither.`;
    case "enum":
      return `${name} must be one of ${params.allowedValues.join(", ")}${about}.`;
    case "const":
      return `${name} must be a list, or "${params.allowedValue}"${about}.`;
    case "type":
      return `${name} must be ${article(params.type)}${about}.`;
    case "minimum":
    case "maximum":
      return `${name} must be ${error.keyword === "minimum" ? "at least" : "at most"} ${params.limit}${about}.`;
    default:
      return `${name || "the configuration"} ${error.message}${about}.`;
  }
}

function unknownOption(at: string, property: string): string {
  const siblings = Object.keys(schemaAt(at)?.properties ?? {}).filter((name) => name !== "$schema");
  const guess = closest(property, siblings);
  const mend = guess ? `did you mean ${guess}?` : `the options here are ${siblings.join(", ")}.`;
  return `${inside(optionName(at), property)} is not an option; ${mend}`;
}

/** `/peers/0/port` as people write it: `peers[0].port`. */
function optionName(pointer: string): string {
  return pointer
    .slice(1)
    .replace(/\/(\d+)(?=\/|$)/g, "[$1]")
    .replaceAll("/", ".");
}

function inside(parent: string, child: string): string {
  return parent ? `${parent}.${child}` : child;
}

function describe(pointer: string): string {
  const description = descriptionOf(pointer);
  return description ? ` (${description})` : "";
}

function descriptionOf(pointer: string): string {
  return schemaAt(pointer)?.description ?? "";
}

function schemaAt(pointer: string): Schema | undefined {
  return pointer
    .split("/")
    .slice(1)
    .reduce<Schema | undefined>(
      (schema, part) => (/^\d+$/.test(part) ? schema?.items : schema?.properties?.[part]),
      configSchema as Schema,
    );
}

function article(type: string | string[]): string {
  const names = [type]
    .flat()
    .map((name) => (name === "integer" ? "whole number" : name === "boolean" ? "true or false" : name));
  return names
    .map((name) => (name === "true or false" ? name : /^[aeio]/.test(name) ? `an ${name}` : `a ${name}`))
    .join(" or ");
}
