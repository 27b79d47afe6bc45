import assert from "node:assert/strict";
import { test } from "node:test";
import { start } from "../../../test/support/gate-server.ts";
import { findingOf } from "../../response/testing/responder.ts";

test("the acts of an alert: those of its entries, earliest first, for its clinic and those who run the archive alone", async (t) => {
  const { call, enter, keyOf, response, archive, gate } = await start(t);
  const north = await enter("nora", "tenant-administrator", "north");
  const south = await enter("sue", "tenant-administrator", "south");
  const analyst = await enter("rob", "security-analyst");
  const act = (second: number, patient: string) => {
    archive.record({
      time: new Date(Date.UTC(2026, 3, 20, 8, 0, second)).toISOString(),
      activity: "read",
      status: "success",
      protocol: "dicomweb",
      operation: "WADO-RS",
      actor: { user: { name: "user:eve" }, app: "curl" },
      src_endpoint: { ip: "192.0.2.7" },
      tenant: "north",
      resources: [{ level: "study", patient_id: patient, study_uid: "1.2.3.4711" }],
      count: { objects: 2 },
    });
  };
  for (const second of [1, 2, 3]) act(second, `SECRET-${second}`);
  await archive.flush();
  const entries: number[] = [];
  for await (const { seq, record } of archive.journal())
    if ("event" in record && record.event.operation === "WADO-RS") entries.push(seq);
  for (const entry of [entries[0]!, entries[2]!])
    response.observe(findingOf({ entry, time: gate.now() }, { tenant: "north" }));
  await response.sweep();
  const { id } = response.inbox.all()[0]!;
  const ask = (who: Record<string, string>) => call("GET", `/api/v1/alerts/${id}/events`, who);
  const text = await (await ask(analyst)).text();
  const { events } = JSON.parse(text) as { events: Record<string, unknown>[] };
  const shown = { activity: "read", status: "success", protocol: "dicomweb", operation: "WADO-RS", user: "user:eve" };
  assert.deepEqual(
    events,
    [1, 3].map((second) => ({
      entry: entries[second - 1],
      time: `2026-04-20T08:00:0${second}.000Z`,
      ...{ ...shown, app: "curl", ip: "192.0.2.7", objects: 2 },
    })),
  );
  assert.doesNotMatch(text, /SECRET|4711/);
  assert.deepEqual(await (await ask(north)).json(), { events });
  assert.equal((await ask(south)).status, 404);
  assert.equal((await ask(await keyOf("service", "north"))).status, 403);
});
