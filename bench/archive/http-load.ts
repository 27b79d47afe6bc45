/** Asks URLs of one server round robin over several connections: `http-load.ts CONNECTIONS SECONDS ACCEPT URL...`; prints JSON. */
import { PlainConnection } from "./plain-http.ts";

const [connections, seconds, accept, ...urls] = process.argv.slice(2) as [string, string, string, ...string[]];
const { hostname, port } = new URL(urls[0]!);
const paths = urls.map((url) => url.slice(url.indexOf("/", "http://".length)));
const end = performance.now() + Number(seconds) * 1000;
let done = 0;
let failed = 0;
let bytes = 0;
const latencies: number[] = [];

async function loop(): Promise<void> {
  const connection = new PlainConnection(hostname, Number(port));
  while (performance.now() < end) {
    const began = performance.now();
    try {
      const reply = await connection.get(paths[done++ % paths.length]!, accept);
      bytes += reply.bytes;
      if (reply.status !== 200) failed++;
    } catch {
      failed++;
    }
    latencies.push(performance.now() - began);
  }
  connection.close();
}

await Promise.all(Array.from({ length: Number(connections) }, loop));
latencies.sort((a, b) => a - b);
const at = (share: number): number => latencies[Math.floor(latencies.length * share)] ?? 0;
process.stdout.write(
  `${JSON.stringify({ perSecond: done / Number(seconds), failed, bytesEach: Math.round(bytes / Math.max(1, done)), p50: at(0.5), p99: at(0.99) })}\n`,
);
