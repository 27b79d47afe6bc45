/**
 * Sends a load over DIMSE from a process of its own: `store-load.ts HOST PORT CALLED KIND COUNT ASSOCIATIONS RUN [SECONDS]`;
 * prints JSON. A slow peer is given so many seconds, and its rate is that of what it took.
 */
import { associate, store } from "../../src/dimse/index.ts";
import { type Kind, makeLoad } from "./objects.ts";

const [host, port, called, kind, count, associations, run, limit] = process.argv.slice(2) as [
  string,
  string,
  string,
  Kind,
  string,
  string,
  string,
  string | undefined,
];
const load = makeLoad(kind, Number(run));
const total = Number(count);
const end = performance.now() + Number(limit ?? 3600) * 1000;
let next = 0;
let failed = 0;

async function send(): Promise<void> {
  const association = await associate({
    host,
    port: Number(port),
    calledAeTitle: called,
    callingAeTitle: "BENCH",
    contexts: [{ abstractSyntax: load.sopClassUid, transferSyntaxes: [load.transferSyntaxUid] }],
  });
  while (next < total && performance.now() < end) {
    const { sopInstanceUid, bytes } = load.object(next++);
    const { sopClassUid, transferSyntaxUid } = load;
    const dataSet = async function* () {
      yield bytes;
    };
    const outcome = await store(association, {
      sopClassUid,
      sopInstanceUid,
      transferSyntaxUid,
      size: bytes.length,
      dataSet,
    });
    if (outcome.status !== 0) failed++;
  }
  await association.release();
}

const began = performance.now();
await Promise.all(Array.from({ length: Number(associations) }, send));
const seconds = (performance.now() - began) / 1000;
const { user, system } = process.cpuUsage();
process.stdout.write(
  `${JSON.stringify({ seconds, failed, perSecond: next / seconds, clientCpuSeconds: (user + system) / 1e6 })}\n`,
);
