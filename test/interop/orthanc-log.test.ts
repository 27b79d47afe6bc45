/** What a real Orthanc logs in another time zone is told at the instants at which it happened. */
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { need, programPath } from "../support/need.ts";
import { mainFile } from "../support/server.ts";
import { freePort, run, temporaryFolder } from "./dimse-tools.ts";

const zone = "America/New_York";
const skip = need("Orthanc", "echoscu");

test("a log in New York's local time is read at the right instants with --zone, five hours or four off without", {
  skip,
}, async () => {
  using folder = temporaryFolder();
  const [http, dicom] = [await freePort(), await freePort()];
  const logs = join(folder.path, "logs");
  mkdirSync(logs);
  const configuration = {
    StorageDirectory: folder.path,
    IndexDirectory: folder.path,
    HttpPort: http,
    DicomPort: dicom,
  };
  writeFileSync(join(folder.path, "orthanc.json"), JSON.stringify({ ...configuration, Plugins: [] }));
  const started = Date.now();
  const words = ["--verbose", `--logdir=${logs}`, join(folder.path, "orthanc.json")];
  const child = spawn(programPath("Orthanc")!, words, { stdio: "ignore", env: { ...process.env, TZ: zone } });
  while ((await run("echoscu", "-aet", "PROBE", "127.0.0.1", dicom)).code !== 0 && child.exitCode === null);
  child.kill("SIGTERM");
  await once(child, "exit");
  const ended = Date.now();
  const times = async (...more: string[]): Promise<number[]> => {
    const scores = join(folder.path, "scores.jsonl");
    await promisify(execFile)(process.execPath, [
      mainFile,
      "analyze",
      "--format",
      "orthanc",
      "--scores",
      scores,
      ...more,
      logs,
    ]);
    const lines = readFileSync(scores, "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { time: string; actor: string });
    return lines.filter(({ actor }) => actor === "PROBE").map(({ time }) => Date.parse(time));
  };
  const told = await times("--zone", zone);
  assert.ok(told.length > 0);
  for (const time of told) assert.ok(time >= started - 1 && time <= ended, new Date(time).toISOString());
  const [local] = await times();
  assert.ok([4, 5].includes((told[0]! - local!) / 3_600_000));
});
