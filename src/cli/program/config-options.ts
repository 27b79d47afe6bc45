/** Command-line options that set an option of the configuration. */
import { type Command, InvalidArgumentError, Option } from "commander";
import type { CommandEnvironment } from "./environment.ts";

const number = (word: string): number => {
  if (/^\d+$/.test(word)) return Number(word);
  throw new InvalidArgumentError("Give a whole number.");
};

const options = {
  data: () => new Option("--data <dir>", "folder of the archive (default: ./data)"),
  dicomPort: () => new Option("--dicom-port <n>", "DICOM port; 0 picks a free one (default: 11112)").argParser(number),
  httpPort: () => new Option("--http-port <n>", "HTTP port; 0 picks a free one (default: 8080)").argParser(number),
  host: () => new Option("--host <addr>", "address to listen on (default: 127.0.0.1)"),
  aeTitle: () => new Option("--ae-title <name>", "own AE title (default: HOLDFAST)"),
  keyFile: () => new Option("--key-file <file>", "the archive's keys (default: ~/.config/holdfast/ARCHIVE.key.json)"),
  insecureNetwork: () => new Option("--insecure-network", "listen beyond loopback without TLS and known peers"),
  logLevel: () => new Option("--log-level <level>", "fatal, error, warn, info, debug or silent (default: info)"),
  config: () => new Option("--config <file>", "configuration (default: ./holdfast.config.json or .yaml, if there)"),
};

export type ConfigOptionName = keyof typeof options;

export function configOption(name: ConfigOptionName): Option {
  return options[name]();
}

export function configOptions(command: Command): void {
  for (const name of Object.keys(options) as ConfigOptionName[]) command.addOption(configOption(name));
}

/** Options as parsed, of which those named above go into the configuration. */
export type Parsed = Partial<Record<ConfigOptionName, unknown>>;

/** The configuration with the command line's options on top. Loaded late: the schema's validator costs start time. */
export async function configOf(parsed: Parsed, environment: CommandEnvironment) {
  const { loadConfig } = await import("../config/index.ts");
  const { config, ...rest } = parsed;
  const stated = Object.fromEntries(
    Object.entries(rest).filter(([name, value]) => name in options && value !== undefined),
  );
  return loadConfig({
    cwd: environment.cwd,
    environment: environment.variables,
    options: stated,
    ...(typeof config === "string" ? { file: config } : {}),
  });
}
