import assert from "node:assert/strict";
import { createSecretKey, type KeyObject, randomBytes } from "node:crypto";
import { test } from "node:test";
import type { KeyChanges } from "./changes.ts";
import { JournaledKeys } from "./journaled-keys.ts";
import { type KeyFile, Keyring, newKeyFile } from "./keyring.ts";
import { clinicPurpose, ObjectKeys, objectPurpose, patientPurpose, rootPurpose } from "./object-keys.ts";

const digest = Buffer.alloc(32, 7);

function archive() {
  const file = newKeyFile("a", "now", randomBytes);
  const keyring = new Keyring(file, randomBytes);
  const keys = { clinic: randomBytes(32), patient: randomBytes(32), object: randomBytes(32) };
  const under = (key: Buffer): KeyObject => createSecretKey(key);
  const base64 = (bytes: Buffer): string => bytes.toString("base64");
  const clinicWrap = (root: KeyObject) => base64(keyring.wrap(keys.clinic, clinicPurpose("a", "north", 1), root));
  const patientWrap = (number: number) =>
    base64(keyring.wrap(keys.patient, patientPurpose("a", number), under(keys.clinic)));
  const first: KeyChanges = {
    clinics: [{ tenant: "north", generation: 1, root: 1, wrapped: clinicWrap(keyring.roots.get(1)!) }],
    patients: [{ number: 3, tenant: "north", patient: "", clinic: 1, wrapped: patientWrap(3) }],
  };
  const wrappedKey = keyring.wrap(keys.object, objectPurpose(digest), under(keys.patient));
  return { file, keyring, keys, first, clinicWrap, patientWrap, record: { patient: 3, digest, wrappedKey } };
}

const table = (...changes: KeyChanges[]): JournaledKeys => {
  const keys = new JournaledKeys();
  for (const each of changes) keys.apply(each);
  return new JournaledKeys(keys.share());
};

const opens = (file: KeyFile, keys: JournaledKeys, record: Parameters<ObjectKeys["dataKey"]>[0]): Buffer =>
  new ObjectKeys(new Keyring(file, randomBytes), keys).dataKey(record).export();

test("an object's key opens through patient, clinic and root, for its own data set and patient only", () => {
  const { file, keys, first, record, patientWrap } = archive();
  assert.deepEqual(opens(file, table(first), record), keys.object);
  assert.throws(() => opens(file, table(first), { ...record, digest: randomBytes(32) }), { code: "storage/key" });
  assert.throws(() => opens(file, table(first), { ...record, patient: 4 }), { code: "storage/key" });
  const swapped = [{ number: 4, tenant: "north", patient: "", clinic: 1, wrapped: patientWrap(3) }];
  assert.throws(() => opens(file, table(first, { patients: swapped }), { ...record, patient: 4 }), {
    code: "storage/key",
  });
});

test("a destroyed key stays destroyed, whatever else is said of it", () => {
  const { file, first, record } = archive();
  assert.throws(() => opens(file, table(first, { destroyed: [3] }, first), record), { code: "storage/erased" });
});

test("a key file from before an exchange opens what came after it; after a cut it does not, nor does the new one look back", () => {
  const { file, keyring, first, clinicWrap, record, keys } = archive();
  const next = { generation: 2, key: randomBytes(32).toString("base64") };
  const raw = Buffer.from(next.key, "base64");
  const clinics = [{ tenant: "north", generation: 1, root: 2, wrapped: clinicWrap(createSecretKey(raw)) }];
  const forward = keyring.wrap(raw, rootPurpose("a", 2), keyring.roots.get(1)).toString("base64");
  const exchanged = table(first, { root: { generation: 2, wrapped: forward }, clinics });
  const cut = table(first, { root: { generation: 2 }, clinics });
  const newFile: KeyFile = { ...file, root: next };
  for (const each of [file, newFile]) assert.deepEqual(opens(each, exchanged, record), keys.object);
  assert.deepEqual(opens(newFile, cut, record), keys.object);
  assert.throws(() => opens(file, cut, record), { code: "storage/key" });
  assert.throws(() => opens(newFile, table(first), record), { code: "storage/key" });
});
