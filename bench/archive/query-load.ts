/**
 * C-FIND and C-MOVE from a process of its own: `query-load.ts HOST PORT CALLED STUDIES RUN SECONDS SINKPORT`; prints JSON.
 * C-FIND asks for single studies over four associations; C-MOVE sends studies of ten objects to a sink here that drops them.
 */
import { DataSet, explicitLittleEndian } from "../../src/dicom/index.ts";
import { associate, DimseServer, find, move } from "../../src/dimse/index.ts";
import { identityOf } from "./objects.ts";

const [host, port, calledAeTitle, studies, run, seconds, sinkPort] = process.argv.slice(2) as [
  string,
  string,
  string,
  string,
  string,
  string,
  string,
];
const findClass = "1.2.840.10008.5.1.4.1.2.2.1";
const moveClass = "1.2.840.10008.5.1.4.1.2.2.2";
const connect = (abstractSyntax: string) =>
  associate({
    host,
    port: Number(port),
    calledAeTitle,
    callingAeTitle: "BENCHSINK",
    contexts: [{ abstractSyntax, transferSyntaxes: [explicitLittleEndian] }],
  });

async function finds(): Promise<number> {
  const end = performance.now() + Number(seconds) * 1000;
  let done = 0;
  const lane = async (): Promise<void> => {
    const association = await connect(findClass);
    while (performance.now() < end) {
      const { studyUid } = identityOf("studies", Number(run), (done++ % Number(studies)) * 10);
      const identifier = new DataSet()
        .set(0x00080020, "DA", "")
        .set(0x00080052, "CS", "STUDY")
        .set(0x00100010, "PN", "")
        .set(0x0020000d, "UI", studyUid);
      let matches = 0;
      for await (const _ of find(association, { sopClassUid: findClass, identifier })) matches++;
      if (matches !== 1) throw new Error(`${matches} matches for one study`);
    }
    await association.release();
  };
  await Promise.all(Array.from({ length: 4 }, lane));
  return done / Number(seconds);
}

async function moves(): Promise<number> {
  let received = 0;
  const sink = new DimseServer({
    admit: () => ({}),
    handlers: {
      store: () => ({
        write: () => undefined,
        end: async () => {
          received++;
          return { status: 0 };
        },
        abort: () => {},
      }),
    },
    policy: {
      supports: () => true,
      choose: (_abstractSyntax, transferSyntaxes) => transferSyntaxes[0],
      roles: () => ({ scu: true, scp: false }),
    },
  });
  await sink.listen({ host: "127.0.0.1", port: Number(sinkPort) });
  const association = await connect(moveClass);
  const began = performance.now();
  for (let study = 0; performance.now() - began < Number(seconds) * 1000; study++) {
    const { studyUid } = identityOf("studies", Number(run), (study % Number(studies)) * 10);
    const identifier = new DataSet().set(0x00080052, "CS", "STUDY").set(0x0020000d, "UI", studyUid);
    const progress = move(association, { sopClassUid: moveClass, identifier, destination: "BENCHSINK" });
    while (!(await progress.next()).done);
  }
  const rate = received / ((performance.now() - began) / 1000);
  await association.release();
  await sink.close(0);
  return rate;
}

process.stdout.write(`${JSON.stringify({ findsPerSecond: await finds(), movedPerSecond: await moves() })}\n`);
process.exit(0);
