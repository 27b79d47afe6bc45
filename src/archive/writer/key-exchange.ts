/**
 * New keys for a clinic and for the root, while stores go on. No object is rewritten: what hangs below a key is wrapped
 * anew. Each step is one entry of the journal, after which everything can be read; one that broke off is gone on with.
 */
import { createSecretKey, type KeyObject } from "node:crypto";
import type { JournalRecord } from "../../catalogue/index.ts";
import { type AccessEvent, HoldfastError } from "../../core/index.ts";
import { defaultTenant } from "../../gate/index.ts";
import {
  clinicPurpose,
  type KeyChanges,
  type Keyring,
  type KeyStore,
  patientPurpose,
  rootPurpose,
} from "../../vault/index.ts";
import { assertNotHeld, legalHolds } from "../holds.ts";
import { appendRecords, type Stores } from "./commit.ts";
import type { PatientKeyring } from "./patient-keys.ts";
import type { KeyExchange } from "./protocol.ts";

export interface ExchangeStores extends Pick<Stores, "journal" | "catalogue" | "now"> {
  keyring: Keyring;
  keyStore: KeyStore;
  patientKeys: PatientKeyring;
}

/** Patients' keys wrapped anew in one entry; between two entries stores have their turn. */
const patientsAtOnce = 1_000;

/** A step of what was asked for. @returns whether there is more to do @throws HoldfastError storage/key, request/not-found */
export function exchangeSteps(
  stores: ExchangeStores,
  event: AccessEvent,
  exchange: KeyExchange,
): () => Promise<boolean> {
  if (exchange.of === "root")
    return async () => {
      await exchangeRoot(stores, event);
      return false;
    };
  if (exchange.of === "erased") return () => finishErasures(stores);
  const { tenant } = exchange;
  let begun = false;
  return async () => {
    if (begun) return exchange.of === "patient" ? finishErasures(stores) : movePatients(stores, tenant);
    if (exchange.of === "patient") await destroyPatient(stores, tenant, exchange.patientId, event);
    else await beginClinic(stores, tenant, event);
    begun = true;
    return true;
  };
}

/** Goes on with exchanges of clinics' keys that a stop broke off. */
export function unfinishedSteps(stores: ExchangeStores): () => Promise<boolean> {
  const { keys } = stores.catalogue;
  const left = keys.tenants().filter((tenant) => keys.newestClinicKey(tenant) > 1);
  return async () => {
    const tenant = left[0];
    if (tenant === undefined) return false;
    if (!(await movePatients(stores, tenant))) left.shift();
    return left.length > 0;
  };
}

/**
 * Nothing opens the patient's objects from this entry on. What wrapped the keys is exchanged by the steps that follow.
 * @throws HoldfastError storage/hold, and request/unsupported when something of theirs is under the master key
 */
async function destroyPatient(
  stores: ExchangeStores,
  tenant: string,
  patientId: string,
  event: AccessEvent,
): Promise<void> {
  const { catalogue, patientKeys } = stores;
  const own = tenant === defaultTenant ? undefined : tenant;
  const { issuers, studies, keys } = catalogue.patient(patientId, own);
  assertNotHeld(
    catalogue.settings(legalHolds),
    tenant,
    [undefined, ...studies].map((studyUid) => ({ patientId, studyUid: studyUid ?? "" })),
  );
  if (keys.includes(0))
    throw new HoldfastError("request/unsupported", "Objects from before the key file had a root key cannot be erased.");
  const destroyed = new Set([
    ...keys.filter((key) => patientKeys.reads(key)),
    ...patientKeys.numbersOf(own, patientId, issuers),
  ]);
  if (destroyed.size > 0) await append(stores, { destroyed: [...destroyed].sort((a, b) => a - b) }, event);
  patientKeys.forget();
}

/**
 * The clinic's key that wrapped a destroyed one, and the root key that wrapped that, are exchanged: then nothing that is on
 * the machine opens the destroyed key's copies in older entries. Goes on from wherever it broke off.
 */
async function finishErasures(stores: ExchangeStores): Promise<boolean> {
  const { keys } = stores.catalogue;
  for (const tenant of keys.clinicsToExchange()) await beginClinic(stores, tenant);
  for (const tenant of keys.tenants())
    if (keys.newestClinicKey(tenant) > 1 && (await movePatients(stores, tenant))) return true;
  const root = stores.patientKeys.objectKeys.newestRoot;
  // While the exchange before is not settled this one waits for the next call.
  if (keys.isRootToExchange(root) && stores.keyring.root === root) await exchangeRoot(stores);
  return false;
}

/** The clinic's next key, under which new patients' keys come from now on. */
async function beginClinic(stores: ExchangeStores, tenant: string, event?: AccessEvent): Promise<void> {
  const { keyring, patientKeys, catalogue } = stores;
  const before = catalogue.keys.newestClinicKey(tenant);
  if (before === 0) throw new HoldfastError("request/not-found", "The clinic has no key: nothing is stored for it.");
  const generation = before + 1;
  const { objectKeys } = patientKeys;
  const root = objectKeys.newestRoot;
  const purpose = clinicPurpose(keyring.archive, tenant, generation);
  const wrapped = keyring.wrap(keyring.freshKey(), purpose, objectKeys.rootKey(root)).toString("base64");
  await append(stores, { clinics: [{ tenant, generation, root, wrapped }] }, event);
}

/** @returns whether there may be more */
async function movePatients(stores: ExchangeStores, tenant: string): Promise<boolean> {
  const { keyring, patientKeys, catalogue } = stores;
  const behind = catalogue.keys.behind(tenant, patientsAtOnce);
  if (behind.length === 0) return false;
  const { objectKeys } = patientKeys;
  const clinic = catalogue.keys.newestClinicKey(tenant);
  const under = objectKeys.clinicKey(tenant, clinic);
  const patients = behind.map(({ number, patient }) => ({
    number,
    tenant,
    patient: Buffer.from(patient).toString("base64"),
    clinic,
    wrapped: rewrapped(keyring, objectKeys.patientKey(number), patientPurpose(keyring.archive, number), under),
  }));
  await append(stores, { patients });
  return behind.length === patientsAtOnce;
}

/** The next root key is durable in the key file before the journal says that clinics' keys are under it. */
async function exchangeRoot(stores: ExchangeStores, event?: AccessEvent): Promise<void> {
  const { keyring, keyStore, patientKeys, catalogue } = stores;
  const { objectKeys } = patientKeys;
  const before = objectKeys.newestRoot;
  if (before === 0)
    throw new HoldfastError("storage/key", "The key file has no root key yet: see `holdfast keys upgrade`.");
  if (keyring.root !== before)
    throw new HoldfastError("request/conflict", "The exchange before is not settled: a replica has not seen it yet.");
  const next = await keyStore.prepare(before + 1);
  const { archive } = keyring;
  const root = Buffer.from(next.key, "base64");
  const under = createSecretKey(root);
  const clinics = catalogue.keys.clinicsInUse().map(({ tenant, generation }) => ({
    tenant,
    generation,
    root: next.generation,
    wrapped: rewrapped(
      keyring,
      objectKeys.clinicKey(tenant, generation),
      clinicPurpose(archive, tenant, generation),
      under,
    ),
  }));
  const purpose = rootPurpose(archive, next.generation);
  const wrapped = keyring.wrap(root, purpose, objectKeys.rootKey(before)).toString("base64");
  await append(stores, { root: { generation: next.generation, wrapped }, clinics }, event);
  keyring.adopt(next);
}

/** The older root keys leave the key file, the newest is in it: for when all copies have what is under the newest. */
export async function settleRoot({ keyStore, patientKeys }: ExchangeStores): Promise<void> {
  const root = patientKeys.objectKeys.settle();
  if (root) await keyStore.settle({ generation: root.generation, key: root.key.export().toString("base64") });
}

function rewrapped(keyring: Keyring, key: KeyObject, purpose: Buffer, under: KeyObject): string {
  const raw = key.export();
  const wrapped = keyring.wrap(raw, purpose, under).toString("base64");
  raw.fill(0);
  return wrapped;
}

async function append(stores: ExchangeStores, changes: KeyChanges, event?: AccessEvent): Promise<void> {
  const record: JournalRecord = { kind: "keys", ...(event ? { event } : {}), ...changes };
  await appendRecords(stores, [record]);
}
