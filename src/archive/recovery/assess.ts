import { defaultTenant } from "../../gate/index.ts";
import { type Damage, DamageReader, type Suspicion } from "../../recovery/index.ts";
import type { Recoverable } from "../archive.ts";

/** Reads the whole journal: who was touched follows from what was there before. `tenant`: of this clinic alone. */
export async function assess(archive: Recoverable, suspicion: Suspicion, tenant?: string): Promise<Damage> {
  await archive.flush();
  const reader = new DamageReader(suspicion);
  for await (const entry of archive.journal()) {
    const { record } = entry;
    const of = ("event" in record && record.event.tenant) || defaultTenant;
    if (tenant === undefined || tenant === of) reader.read(entry);
  }
  return reader.end();
}
