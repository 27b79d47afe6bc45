/** Adversarial access events: whoever acts, from where, and on whom is new each time. */
import type { AccessEvent } from "../../src/core/index.ts";

const start = Date.parse("2026-01-05T08:00:00Z");

export function everNew(i: number, tenants: number): AccessEvent {
  return {
    time: new Date(start + i * 500).toISOString(),
    activity: i % 9 === 0 ? "update" : "read",
    status: "success",
    protocol: "dicomweb",
    operation: "WADO-RS",
    actor: { user: { name: `user${i}` }, app: `agent${i % 1_000}` },
    src_endpoint: { ip: `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}` },
    ...(tenants > 1 ? { tenant: `clinic${i % tenants}` } : {}),
    resources: [{ level: "instance", patient_id: `p${i}`, study_uid: `2.25.${i}`, sop_instance_uid: `2.25.${i}.1` }],
  };
}
