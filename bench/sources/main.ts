/**
 * `analyze` over a million records of each format, in a process of its own: records a second, end to end, and peak memory.
 * `npm run bench:sources -- [--count 1000000] [--formats events,atna]`
 */
import { spawnSync } from "node:child_process";
import { createWriteStream, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { formats } from "../../src/sources/index.ts";
import { sampleLine } from "../../src/sources/testing/samples.ts";
import { column, say } from "../archive/table.ts";

const { values } = parseArgs({
  options: { count: { type: "string", default: "1000000" }, formats: { type: "string", default: formats.join(",") } },
});
const count = Number(values.count);
const cli = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "holdfast-bench-sources-"));

try {
  for (const format of formats.filter((one) => values.formats.split(",").includes(one))) {
    const path = join(folder, format);
    const out = createWriteStream(path);
    for (let i = 0; i < count; i++)
      if (!out.write(`${sampleLine(format, i)}\n`))
        await new Promise<void>((resolve) => void out.once("drain", resolve));
    await finished(out.end());
    const megabytes = statSync(path).size / 1e6;
    const run = spawnSync(
      "/usr/bin/time",
      [
        "-f",
        "%M",
        process.execPath,
        cli,
        "analyze",
        "--json",
        "--format",
        format,
        "--scores",
        join(folder, "scores"),
        path,
      ],
      { encoding: "utf8" },
    );
    const { events, broken, seconds } = JSON.parse(run.stdout) as { events: number; broken: number; seconds: number };
    const peak = Number(run.stderr.trim().split("\n").at(-1)) / 1024;
    say(
      `${column(format, 16)}${column((events / seconds).toFixed(0), -8)}/s ${column((megabytes / seconds).toFixed(0), -5)} MB/s, ` +
        `peak ${peak.toFixed(0)} MiB, ${events} events, ${broken} broken`,
    );
    rmSync(path);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
