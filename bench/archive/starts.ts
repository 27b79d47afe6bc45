/** A full archive: how fast it lists and searches, how fast it starts. */
import { identityOf } from "./objects.ts";
import { startPeer } from "./peers.ts";
import { runScript } from "./process.ts";

const run = 70;
const connections = 4;
const seconds = 5;

export async function benchStarts(folder: string, studies: number, say: (text: string) => void): Promise<void> {
  const filled = (await startPeer("holdfast", folder))!;
  const { perSecond } = await runScript<{ perSecond: number }>("./store-load.ts", [
    "127.0.0.1",
    filled.dicomPort,
    filled.aeTitle,
    "thin",
    studies,
    4,
    run,
  ]);
  say(`\nHoldfast with ${studies} studies (stored at ${perSecond.toFixed(0)}/s)`);
  const root = `http://127.0.0.1:${filled.httpPort}/dicom-web`;
  const some = Array.from({ length: 500 }, (_, index) => identityOf("thin", run, (index * 7919) % studies));
  const lists: [string, string[]][] = [
    ["study list, first 100", [`${root}/studies?limit=100`]],
    ["studies by patient ID", some.map(({ patientId }) => `${root}/studies?PatientID=${patientId}`)],
    ["series of a study", some.map(({ studyUid }) => `${root}/studies/${studyUid}/series`)],
  ];
  for (const [name, urls] of lists) {
    const { perSecond, p99 } = await runScript<{ perSecond: number; p99: number }>("./http-load.ts", [
      connections,
      seconds,
      "application/dicom+json",
      ...urls,
    ]);
    say(`  QIDO ${name.padEnd(24)} ${perSecond.toFixed(0).padStart(6)}/s  p99 ${p99.toFixed(1)} ms`);
  }
  say(`  peak memory ${filled.service.peakMemory().toFixed(0)} MiB`);
  await filled.service.stop();
  const began = performance.now();
  const again = (await startPeer("holdfast", folder))!;
  say(`  start to both ports listening ${((performance.now() - began) / 1000).toFixed(2)} s`);
  await again.service.stop();
}
