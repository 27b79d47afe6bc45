/**
 * Damages compressed frames and checks that each one is decoded or refused, in bounded time, and that the next sound
 * frame is decoded all the same:
 *
 *     node test/fuzz/http-codecs.fuzz.ts --seconds 60 --seed 1 FILE.dcm...
 */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { HoldfastError } from "../../src/core/index.ts";
import { parseFileHeader, readDataSet } from "../../src/dicom/index.ts";
import { defaultHttpLimits } from "../../src/http/index.ts";
import { describeImage, Renderer } from "../../src/http/render/index.ts";
import { generator, mutated } from "./http.fuzz.ts";

export interface CodecReport {
  seed: number;
  frames: number;
  outcomes: Record<string, number>;
  failures: string[];
}

/** Each file holds one compressed frame in one fragment. */
export async function fuzzCodecs(files: Buffer[], seed: number, rounds: number, seconds: number): Promise<CodecReport> {
  const random = generator(seed);
  const renderer = new Renderer({ ...defaultHttpLimits, renderTimeout: 5000 });
  const report: CodecReport = { seed, frames: 0, outcomes: {}, failures: [] };
  const samples = files.map(sampleOf);
  const until = performance.now() + seconds * 1000;
  for (let i = 0; i < rounds && performance.now() < until; i++) {
    const { image, frame } = samples[random(samples.length)]!;
    const outcome = await renderer.decode(image, new Uint8Array(mutated(Buffer.from(frame), random))).then(
      () => "decoded",
      (error: unknown) => (error instanceof HoldfastError ? error.code : "unexpected"),
    );
    report.frames++;
    report.outcomes[outcome] = (report.outcomes[outcome] ?? 0) + 1;
    if (outcome === "unexpected") report.failures.push(`round ${i}: an error without a code`);
    const sound = await renderer.decode(image, new Uint8Array(frame)).catch(() => undefined);
    if (!sound) report.failures.push(`round ${i}: a sound frame is refused afterwards`);
  }
  await renderer.close();
  return report;
}

function sampleOf(file: Buffer) {
  const { length, transferSyntaxUid } = parseFileHeader(file)!;
  const dataSet = readDataSet(file.subarray(length), transferSyntaxUid);
  const frame = dataSet.get(0x7fe00010)!.fragments![1]!;
  return { image: describeImage(dataSet, transferSyntaxUid, 0), frame };
}

if (import.meta.main) {
  const options = { seconds: { type: "string", default: "60" }, seed: { type: "string", default: "1" } } as const;
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  const files = positionals.map((path) => readFileSync(path));
  const report = await fuzzCodecs(files, Number(values.seed), Number.POSITIVE_INFINITY, Number(values.seconds));
  process.stdout.write(`${JSON.stringify(report, undefined, 2)}\n`);
  process.exitCode = report.failures.length > 0 ? 1 : 0;
}
