/** Objects that were held back become versions like any other, as of now. */
import type { CatalogueWriter, HeldObject, JournalRecord } from "../../catalogue/index.ts";
import type { AccessEvent } from "../../core/index.ts";

export function releaseRecords(catalogue: CatalogueWriter, event: AccessEvent, held: HeldObject[]): JournalRecord[] {
  const latest = new Map<string, number>();
  return held.map(({ entry, tenant, object, event: stored }): JournalRecord => {
    const key = `${tenant ?? ""} ${object.sopInstanceUid}`;
    const version = (latest.get(key) ?? catalogue.current(object.sopInstanceUid, tenant)?.version ?? 0) + 1;
    latest.set(key, version);
    const { content, resources } = stored;
    const released: AccessEvent = {
      ...event,
      activity: version === 1 ? "create" : "update",
      ...(tenant === undefined ? {} : { tenant }),
      ...(resources ? { resources: resources.map((resource) => ({ ...resource, version })) } : {}),
      count: { objects: 1 },
      ...(content ? { content } : {}),
    };
    return { kind: "store", event: released, object: { ...object, version }, released: entry };
  });
}
