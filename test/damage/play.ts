/** Takes a real archive through a department's days and an attack, and holds blast radius and undo to the model. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type OpenArchive, openArchive, type RequestContext } from "../../src/archive/index.ts";
import { assessor, undo } from "../../src/archive/recovery/index.ts";
import { type AccessEvent, rfc3339, systemClock } from "../../src/core/index.ts";
import type { DamageReport, Suspicion } from "../../src/recovery/index.ts";
import { departmentOf, type Played, type Step } from "./department.ts";
import { type Effect, Model, type Place, type State } from "./model.ts";
import { objectOf } from "./object.ts";

export interface Told {
  kind: string;
  objects: number;
  touched: number;
  restored: number;
}

/** A fault planted between recovery and the archive. */
export type Planted = (archive: OpenArchive) => OpenArchive;

const asIs: Planted = (archive) => archive;
/** Accesses under way at once, of different studies. */
const atOnce = 12;

/** @throws AssertionError when damage or undo is not what the model says */
export async function playDepartment(seed: number, planted: Planted = asIs): Promise<Told> {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-damage-"));
  try {
    await using archive = await openArchive({ dataFolder: join(folder, "data"), keyFile: join(folder, "key.json") });
    return await new Days(archive, departmentOf(seed), planted).play();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

class Days {
  readonly #archive: OpenArchive;
  readonly #played: Played;
  readonly #model = new Model();
  readonly #recovered: OpenArchive;

  constructor(archive: OpenArchive, played: Played, planted: Planted) {
    this.#archive = archive;
    this.#played = played;
    this.#recovered = planted(archive);
  }

  async play(): Promise<Told> {
    const { steps, held, kind } = this.#played;
    for (const places of lots(held, atOnce))
      await Promise.all(places.map((place) => this.#put(place, "held", by("import"))));
    const lastHostile = steps.findLastIndex(({ hostile }) => hostile);
    await this.#go(steps.slice(0, lastHostile + 1));
    const suspicion = await this.#suspicion();
    await this.#assertDamage(suspicion);
    const restored = await this.#undoWhile(suspicion, steps.slice(lastHostile + 1));
    const touched = new Set([...this.#model.touched.values()].flatMap((uids) => [...uids])).size;
    return { kind, objects: this.#model.objects.size, touched, restored };
  }

  async #suspicion(): Promise<Suspicion> {
    await this.#archive.flush();
    const principals = this.#played.addresses.map((name) => ({ kind: "host" as const, name }));
    return { principals, from: 0, to: systemClock() };
  }

  /** Effect for effect, and what was not touched. */
  async #assertDamage(suspicion: Suspicion): Promise<void> {
    const report = await assessor(this.#recovered).report(suspicion);
    const { touched, objects } = this.#model;
    for (const effect of ["read", "created", "changed", "hidden"] as const)
      assert.deepEqual(reported(report, effect), [...(touched.get(effect) ?? [])].sort(), effect);
    const all = new Set([...touched.values()].flatMap((uids) => [...uids]));
    const untouched = report.tenants.reduce((sum, tenant) => sum + tenant.untouched.objects, 0);
    assert.equal(untouched, objects.size - all.size, "untouched");
    const patients = new Set([...all].map((uid) => objects.get(uid)!.place.patientId));
    const others = [...objects.values()].map(({ place }) => place.patientId).filter((id) => !patients.has(id));
    assert.deepEqual(report.tenants.flatMap((tenant) => tenant.untouchedPatients).sort(), [...new Set(others)].sort());
  }

  /** Everybody else works on meanwhile; what they change stands, whoever was first. */
  async #undoWhile(suspicion: Suspicion, rest: Step[]): Promise<number> {
    const attacked = new Set(this.#model.attacked);
    const work = rest.filter(({ event, hostile }) => !hostile && event.activity !== "delete");
    const options = { archive: this.#recovered, context: by("anna"), suspicion, clock: systemClock, apply: true };
    const [outcome] = await Promise.all([undo({ ...options, id: "u" }), this.#go(work)]);
    const expected = this.#model.undone();
    assert.deepEqual(await this.#seen(), visible(expected), "after the undo");
    // What somebody else changed before the plan was made is a conflict, what after it a step passed over.
    const steps = outcome.steps.map(({ sopInstanceUid }) => sopInstanceUid);
    const conflicts = outcome.conflicts.map(({ sopInstanceUid }) => sopInstanceUid);
    assert.deepEqual(
      [...attacked].filter((uid) => !steps.includes(uid) && !conflicts.includes(uid)),
      [],
      "left out",
    );
    assert.deepEqual(
      steps.filter((uid) => !attacked.has(uid)),
      [],
      "not attacked",
    );
    assert.equal(outcome.applied + outcome.passed.length, steps.length, "steps");
    const again = await undo({ ...options, archive: this.#archive, id: "again" });
    assert.equal(again.applied, 0, "nothing is left to undo");
    return outcome.applied;
  }

  /** In order where they meet, at once where they do not. */
  async #go(steps: Step[]): Promise<void> {
    let studies = new Set<string>();
    let running: Promise<void>[] = [];
    for (const step of steps) {
      const of = (step.event.resources ?? []).map(({ study_uid, patient_id }) => study_uid ?? patient_id ?? "");
      if (running.length >= atOnce || of.some((study) => studies.has(study))) {
        await Promise.all(running);
        // Of what is journaled together stores come first: one of the same milliseconds as a read would count as read.
        await this.#archive.flush();
        running = [];
        studies = new Set();
      }
      for (const study of of) studies.add(study);
      running.push(this.#act(step));
    }
    await Promise.all(running);
  }

  async #act({ event, hostile }: Step): Promise<void> {
    const [resource] = event.resources ?? [];
    if (event.activity === "create" || event.activity === "update") {
      const { patient_id = "", study_uid = "", series_uid = "", sop_instance_uid = "" } = resource!;
      const place = {
        patientId: patient_id,
        studyUid: study_uid,
        seriesUid: series_uid,
        sopInstanceUid: sop_instance_uid,
      };
      await this.#put(place, event.content?.digest ?? "", contextOf(event), hostile);
    } else if (event.activity === "delete") {
      const studyUid = resource!.study_uid!;
      if (this.#model.hide(studyUid, hostile) > 0)
        await this.#archive.delete(contextOf(event), { studyUid: [studyUid] });
    } else {
      this.#archive.record({ ...event, time: rfc3339(systemClock()) });
      if (hostile && event.activity === "read") this.#model.read(event);
    }
  }

  async #put(place: Place, text: string, context: RequestContext, hostile = false): Promise<void> {
    const { file, digest } = objectOf(place, text);
    this.#model.store(place, digest, hostile);
    const sink = this.#archive.store(context, { form: "file" });
    await sink.write(file);
    const outcome = await sink.end();
    assert.equal(outcome.ok, true);
  }

  async #seen(): Promise<Map<string, string>> {
    const refs = await this.#archive.resolve({});
    return new Map(refs.map(({ sopInstanceUid, digest }): [string, string] => [sopInstanceUid, digest]).sort());
  }
}

const by = (name: string): RequestContext => ({
  ...{ actor: { user: { name } }, src: { ip: "192.0.2.1" } },
  ...{ protocol: "api", operation: "test" },
});

const contextOf = ({ actor, src_endpoint: src, protocol, operation }: AccessEvent): RequestContext => ({
  ...{ actor, src, protocol },
  operation: operation ?? "",
});

const reported = ({ objects }: DamageReport, effect: Effect): string[] =>
  objects
    .filter(({ touches }) => touches.some((touch) => touch.effect === effect))
    .map(({ sopInstanceUid }) => sopInstanceUid)
    .sort();

const visible = (states: Map<string, State>): Map<string, string> =>
  new Map(
    [...states]
      .filter(([, each]) => each.visible)
      .map(([uid, { digest }]): [string, string] => [uid, digest])
      .sort(),
  );

function* lots<T>(all: T[], size: number): Generator<T[]> {
  for (let at = 0; at < all.length; at += size) yield all.slice(at, at + size);
}
