/** Documents that are made from the code: `npm run docs` writes them, a test holds them equal. */
import { environmentOptions } from "../../src/cli/config/environment.ts";
import { configSchema } from "../../src/cli/config/index.ts";
import { mendOf } from "../../src/cli/program/mends.ts";
import { type ErrorCode, errorCodes } from "../../src/core/index.ts";
import { automaticPolicy, defaultPolicy, policySchema } from "../../src/response/index.ts";
import { conformancePage } from "../interop/dimse-conformance.ts";
import { metricsPage } from "./metrics.ts";

export const generated: Record<string, () => string> = {
  "docs/errors.md": errorsPage,
  "docs/configuration.md": configurationPage,
  "docs/conformance.md": conformancePage,
  "docs/metrics.md": () => madeFrom("the metrics that src/http registers") + metricsPage(),
  "docs/response-policy.schema.json": () => `${JSON.stringify(policySchema, undefined, 2)}\n`,
  "docs/policies/automatic.json": () => `${JSON.stringify(automaticPolicy, undefined, 2)}\n`,
  "docs/response-policy.json": () => `${JSON.stringify(defaultPolicy, undefined, 2)}\n`,
  "docs/holdfast.config.schema.json": () => `${JSON.stringify(configSchema, undefined, 2)}\n`,
};

const madeFrom = (source: string) => `<!-- Made from ${source} by \`npm run docs\`; do not edit. -->\n`;

function errorsPage(): string {
  const rows = Object.entries(errorCodes).map(
    ([code, meaning]) => `| \`${code}\` | ${cell(meaning)} | ${cell(mendOf(code as ErrorCode) ?? "")} |`,
  );
  return [
    madeFrom("src/core/errors.ts and src/cli/program/mends.ts"),
    "# Error codes\n",
    "Every refusal has one of these codes: on the command line, in HTTP problem documents (`code`), in the access",
    "events (`status_detail`) and in the log. Codes are stable. None of the messages holds patient data.\n",
    "| code | meaning | what to do |\n| --- | --- | --- |",
    ...rows,
    "",
  ].join("\n");
}

interface Option {
  type?: string | string[];
  default?: unknown;
  description?: string;
  enum?: string[];
  properties?: Record<string, Option>;
}

function configurationPage(): string {
  const rows = [...environmentOptions].map(([variable, { path }]) => {
    const option = path.reduce<Option>((at, part) => at.properties![part]!, configSchema as Option);
    const fallback = option.default === undefined ? "" : `\`${JSON.stringify(option.default)}\``;
    const choice = option.enum ? ` (${option.enum.join(", ")})` : "";
    return `| \`${path.join(".")}\` | \`${variable}\` | ${fallback} | ${cell(`${option.description ?? ""}${choice}`)} |`;
  });
  return [
    madeFrom("src/cli/config/schema.ts"),
    "# Configuration\n",
    "`holdfast.config.json` or `holdfast.config.yaml` in the working folder, or the file that `--config` or",
    "`HOLDFAST_CONFIG` names. The environment overrides the file, the command line overrides both. Relative paths are",
    "meant from the file's folder, or from the working folder. A wrong or half-set option is refused at the start. The",
    "JSON Schema is [holdfast.config.schema.json](holdfast.config.schema.json).\n",
    "| option | environment | default | meaning |\n| --- | --- | --- | --- |",
    ...rows,
    "",
    "Lists are given in the environment as JSON on one line, or as words separated by commas. A peer is an object with",
    "`aeTitle`, `host`, `port` and, where it speaks TLS, `tls` with `ca`, `cert` and `key`.",
    "",
  ].join("\n");
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}
