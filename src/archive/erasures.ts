/**
 * Orders to erase a patient for good: asked for, confirmed by two persons, and carried out after a delay in which anybody of
 * the house may take them back. In the journal like all settings; what is carried out destroys the patient's keys.
 */
import type { CatalogueReaders } from "../catalogue/index.ts";
import { type AccessEvent, type Clock, codeOf, type ErrorCode, HoldfastError, rfc3339 } from "../core/index.ts";
import { defaultTenant } from "../gate/index.ts";
import { assertNotHeld, legalHolds } from "./holds.ts";
import type { KeyKeeping } from "./keeping.ts";
import type { Archive } from "./types.ts";

/** The collection of settings that they lie in. */
const collection = "erasures";

export interface Erasure {
  id: string;
  tenant: string;
  patientId: string;
  reason: string;
  askedBy: string;
  /** ms since 1970, as all times here. */
  askedAt: number;
  /** Somebody says so of a patient of whom there are recent plans or treatment records. */
  treatmentEnded?: boolean;
  confirmedBy?: string;
  /** When it is carried out, at the earliest. */
  dueAt?: number;
  doneAt?: number;
}

interface ErasureParts {
  archive: Pick<Archive, "settings" | "change"> & {
    patientsOnTreatment(): Promise<{ tenant: string; patientId: string }[]>;
  };
  points: CatalogueReaders;
  keeping: KeyKeeping;
  now: Clock;
  /** Between confirmation and destruction, ms. */
  delay: number;
}

export class Erasures {
  readonly #parts: ErasureParts;

  constructor(parts: ErasureParts) {
    this.#parts = parts;
  }

  /** Of a clinic; absent: of all. In the order of asking. */
  async all(tenant?: string): Promise<Erasure[]> {
    const all = [...((await this.#parts.archive.settings(collection)) as ReadonlyMap<string, Erasure>).values()];
    return all.filter((each) => tenant === undefined || each.tenant === tenant).sort((a, b) => a.askedAt - b.askedAt);
  }

  /** @throws HoldfastError request/not-found */
  async need(tenant: string, id: string): Promise<Erasure> {
    const found = (await this.all(tenant)).find((each) => each.id === id);
    if (!found) throw new HoldfastError("request/not-found");
    return found;
  }

  /** @throws HoldfastError request/conflict, and what {@link blocks} says */
  async ask(erasure: Omit<Erasure, "askedAt">, event: AccessEvent): Promise<Erasure> {
    if ((await this.all(erasure.tenant)).some(({ id }) => id === erasure.id))
      throw new HoldfastError("request/conflict");
    await this.#assertErasable(erasure);
    return this.#put({ ...erasure, askedAt: this.#parts.now() }, event);
  }

  /** From now on it is due after the delay. Whoever calls this has seen to the second person. */
  async confirm(erasure: Erasure, confirmedBy: string, event: AccessEvent): Promise<Erasure> {
    if (erasure.dueAt !== undefined) throw new HoldfastError("request/conflict", "It was confirmed before.");
    await this.#assertErasable(erasure);
    const { now, delay } = this.#parts;
    return this.#put({ ...erasure, confirmedBy, dueAt: now() + delay }, event);
  }

  /** @throws HoldfastError request/conflict when it is done */
  async cancel(erasure: Erasure, event: AccessEvent): Promise<void> {
    if (erasure.doneAt !== undefined) throw new HoldfastError("request/conflict", "It is done, and cannot be undone.");
    await this.#parts.archive.change(event, [{ collection, key: keyOf(erasure), value: null }]);
  }

  /** Why it would not be carried out now: a legal hold, a treatment; undefined: nothing stands against it. */
  async blocks(erasure: Erasure): Promise<ErrorCode | undefined> {
    return this.#assertErasable(erasure).then(() => undefined, codeOf);
  }

  /** Carries out what is due. What stands against one stops that one alone. @returns those carried out */
  async carryOut(): Promise<Erasure[]> {
    const { now, keeping } = this.#parts;
    const done: Erasure[] = [];
    for (const erasure of await this.all()) {
      const { dueAt, doneAt, tenant, patientId } = erasure;
      if (dueAt === undefined || dueAt > now() || doneAt !== undefined || (await this.blocks(erasure))) continue;
      const event = systemEvent(erasure, now());
      await keeping.exchange(event, { of: "patient", tenant, patientId });
      done.push(await this.#put({ ...erasure, doneAt: now() }, event));
    }
    return done;
  }

  /** @throws HoldfastError request/not-found, storage/hold, request/unsupported, request/conflict */
  async #assertErasable({ tenant, patientId, treatmentEnded }: Omit<Erasure, "askedAt">): Promise<void> {
    const { archive, points } = this.#parts;
    const own = tenant === defaultTenant ? undefined : tenant;
    const onTreatment = await archive.patientsOnTreatment();
    const { studies = [], keys = [] } = points.of(own)?.patient(patientId) ?? {};
    if (patientId === "" || studies.length === 0) throw new HoldfastError("request/not-found");
    const named = studies.map((studyUid) => ({ patientId, studyUid }));
    assertNotHeld(points.main.settings(legalHolds), tenant, named);
    if (keys.includes(0))
      throw new HoldfastError(
        "request/unsupported",
        "Objects from before the key file had a root key cannot be erased.",
      );
    if (treatmentEnded) return;
    if (onTreatment.some((each) => each.tenant === tenant && each.patientId === patientId))
      throw new HoldfastError("request/conflict", "There are recent plans or treatment records; state treatmentEnded.");
  }

  async #put(erasure: Erasure, event: AccessEvent): Promise<Erasure> {
    await this.#parts.archive.change(event, [{ collection, key: keyOf(erasure), value: erasure }]);
    return erasure;
  }
}

/** Clinics choose their ids without knowing of each other. */
const keyOf = ({ tenant, id }: Pick<Erasure, "tenant" | "id">): string => `${tenant}/${id}`;

function systemEvent({ tenant, patientId }: Erasure, now: number): AccessEvent {
  return {
    time: rfc3339(now),
    activity: "delete",
    status: "success",
    protocol: "internal",
    operation: "erase",
    actor: {},
    src_endpoint: {},
    ...(tenant === defaultTenant ? {} : { tenant }),
    resources: [{ level: "patient", patient_id: patientId }],
  };
}
