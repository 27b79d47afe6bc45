/** Queries and retrievals, on 62 studies of ten small objects stored for the purpose. */
import { identityOf } from "./objects.ts";
import type { RunningPeer } from "./peers.ts";
import { runScript } from "./process.ts";

export interface ReadResult {
  finds: number;
  moved: number;
  studyList?: number;
  series?: number;
  instance?: number;
  metadata?: number;
}

const studies = 62;
const run = 50;
const connections = 4;

export async function benchReads(peer: RunningPeer, seconds: number): Promise<ReadResult> {
  const { dicomPort, aeTitle, sinkPort } = peer;
  await runScript("./store-load.ts", ["127.0.0.1", dicomPort, aeTitle, "studies", studies * 10, 4, run]);
  const query = ["127.0.0.1", dicomPort, aeTitle, studies, run, seconds, sinkPort];
  const { findsPerSecond, movedPerSecond } = await runScript<{ findsPerSecond: number; movedPerSecond: number }>(
    "./query-load.ts",
    query,
  );
  const result: ReadResult = { finds: findsPerSecond, moved: movedPerSecond };
  return peer.httpPort ? { ...result, ...(await benchWeb(peer.httpPort, seconds)) } : result;
}

async function benchWeb(
  port: number,
  seconds: number,
): Promise<Pick<ReadResult, "studyList" | "series" | "instance" | "metadata">> {
  const root = `http://127.0.0.1:${port}/dicom-web`;
  const objects = Array.from({ length: studies * 10 }, (_, index) => identityOf("studies", run, index));
  const instances = objects.map(
    (one) => `${root}/studies/${one.studyUid}/series/${one.seriesUid}/instances/${one.sopInstanceUid}`,
  );
  const rate = async (accept: string, urls: string[]): Promise<number> => {
    const { perSecond, failed } = await runScript<{ perSecond: number; failed: number }>("./http-load.ts", [
      connections,
      seconds,
      accept,
      ...urls,
    ]);
    if (failed > 0) throw new Error(`${failed} requests failed, such as ${urls[0]}`);
    return perSecond;
  };
  const json = "application/dicom+json";
  return {
    studyList: await rate(json, [`${root}/studies?limit=100`]),
    series: await rate(
      json,
      objects.filter((_, index) => index % 10 === 0).map((one) => `${root}/studies/${one.studyUid}/series`),
    ),
    instance: await rate('multipart/related; type="application/dicom"; transfer-syntax=*', instances),
    metadata: await rate(
      json,
      instances.map((url) => `${url}/metadata`),
    ),
  };
}
