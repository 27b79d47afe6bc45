/** Asks URLs round robin over several connections: `http-load.ts CONNECTIONS SECONDS ACCEPT URL...`; prints JSON. */
import { Agent, get } from "node:http";

const [connections, seconds, accept, ...urls] = process.argv.slice(2) as [string, string, string, ...string[]];
const agent = new Agent({ keepAlive: true, maxSockets: Number(connections) });
const end = performance.now() + Number(seconds) * 1000;
let done = 0;
let failed = 0;
let bytes = 0;
const latencies: number[] = [];

function ask(url: string): Promise<void> {
  return new Promise((resolve) => {
    const began = performance.now();
    get(url, { agent, headers: { accept } }, (response) => {
      response.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
      });
      response.on("end", () => {
        if (response.statusCode !== 200) failed++;
        latencies.push(performance.now() - began);
        resolve();
      });
    }).on("error", () => {
      failed++;
      resolve();
    });
  });
}

async function loop(): Promise<void> {
  while (performance.now() < end) await ask(urls[done++ % urls.length]!);
}

await Promise.all(Array.from({ length: Number(connections) }, loop));
agent.destroy();
latencies.sort((a, b) => a - b);
const at = (share: number): number => latencies[Math.floor(latencies.length * share)] ?? 0;
process.stdout.write(
  `${JSON.stringify({ perSecond: done / Number(seconds), failed, bytesEach: Math.round(bytes / Math.max(1, done)), p50: at(0.5), p99: at(0.99) })}\n`,
);
