/** Debian's scikit-learn (python3-sklearn), when installed: an isolation forest on simple counts of each edge. */
import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { EdgeStream } from "./darpa.ts";

const python = "/usr/bin/python3";
const script = `
import sys, time, numpy as np
from sklearn.ensemble import IsolationForest
x = np.fromfile(sys.argv[1], dtype=np.float32).reshape(-1, 6)
t = time.time()
f = IsolationForest(n_estimators=100, random_state=1, n_jobs=1).fit(x)
s = np.concatenate([-f.score_samples(x[i:i+200000]) for i in range(0, len(x), 200000)]).astype(np.float32)
s.tofile(sys.argv[2]); print(time.time() - t)
`;

/** @returns scores, or why there are none */
export async function isolationForest(
  stream: EdgeStream,
  folder: string,
): Promise<{ scores: Float32Array; seconds: number } | string> {
  if ((await run(["-c", "import sklearn"])).code !== 0) return "skipped, python3-sklearn is not installed";
  const [input, output] = [join(folder, "features.bin"), join(folder, "forest.bin")];
  writeFileSync(input, features(stream));
  const { code, text } = await run(["-c", script, input, output]);
  if (code !== 0) return `failed with ${code}`;
  return { scores: new Float32Array(new Uint8Array(readFileSync(output)).buffer), seconds: Number(text) };
}

/** Counts of source, destination and pair, in this minute and ever, as logarithms. */
function features({ sources, targets, ticks }: EdgeStream): Float32Array {
  const table = new Float32Array(sources.length * 6);
  const ever = new Map<number, number>();
  const minute = new Map<number, number>();
  const count = (counts: Map<number, number>, key: number) => {
    const next = (counts.get(key) ?? 0) + 1;
    counts.set(key, next);
    return Math.log(next);
  };
  for (let i = 0; i < sources.length; i++) {
    if (i > 0 && ticks[i] !== ticks[i - 1]) minute.clear();
    const [source, target] = [sources[i]!, targets[i]!];
    [source, 2 ** 26 + target, 2 ** 27 + source * 2 ** 20 + target].forEach((key, k) => {
      table[i * 6 + k * 2] = count(minute, key);
      table[i * 6 + k * 2 + 1] = count(ever, key);
    });
  }
  return table;
}

function run(parameters: string[]): Promise<{ code: number; text: string }> {
  return new Promise((done) => {
    const child = spawn(python, parameters, { stdio: ["ignore", "pipe", "ignore"] });
    let text = "";
    child.stdout.on("data", (chunk) => {
      text += chunk;
    });
    child.on("error", () => done({ code: 127, text }));
    child.on("exit", (code) => done({ code: code ?? 1, text }));
  });
}
