/** What of the keeping of keys a person has to see to. */
import { Gauge, type Registry } from "prom-client";
import type { OpenArchive } from "../archive/index.ts";

export function keyMetrics(recovery: Pick<OpenArchive, "keeping"> | undefined, registers: Registry[]): void {
  new Gauge({
    name: "holdfast_key_file_copy_due",
    help: "1 when no copy of the key file with this root key is on record: the envelope is to be renewed.",
    registers,
    async collect() {
      if (recovery) this.set((await recovery.keeping.state()).copyDue ? 1 : 0);
      else this.reset();
    },
  });
}
