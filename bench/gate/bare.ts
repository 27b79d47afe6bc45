/**
 * An archive without gate, engine, policy, and events other than those of the stored objects themselves, which are part of
 * their journal entries: `bare.ts DATA KEYFILE`. Composed here, for the comparison alone; `serve` knows no such mode.
 */
import { openArchive } from "../../src/archive/index.ts";
import { createDimseService } from "../../src/archive/scp/index.ts";

const [dataFolder, keyFile] = process.argv.slice(2) as [string, string];
const archive = await openArchive({ dataFolder, keyFile });
const silent = new Proxy(archive, {
  get(target, name) {
    if (name === "record") return () => {};
    const value = Reflect.get(target, name, target);
    return typeof value === "function" ? value.bind(target) : value;
  },
});
const dicom = createDimseService(silent, {
  aeTitle: "HOLDFAST",
  listeners: [{ host: "127.0.0.1", port: 0 }],
  strangers: "loopback",
});
const [address] = await dicom.listen();
process.stdout.write(`ready dicom=127.0.0.1:${address!.port} http=none\n`);
process.once("SIGTERM", async () => {
  await dicom.close(5_000);
  await archive[Symbol.asyncDispose]();
});
