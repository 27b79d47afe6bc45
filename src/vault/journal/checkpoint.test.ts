import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { Keyring, newKeyFile } from "../keys/keyring.ts";
import { openCheckpoint, signCheckpoint, verifierKey } from "./checkpoint.ts";

const keyring = new Keyring(newKeyFile("a", "now", randomBytes), randomBytes);
const origin = "holdfast/test";
const verifier = verifierKey(origin, keyring.publicKey);
const root = randomBytes(32);
const note = signCheckpoint({ origin, size: 7, root }, keyring.signing, keyring.publicKey);

test("a checkpoint opens with its verifier key", () => {
  assert.deepEqual(openCheckpoint(note, verifier), { origin, size: 7, root });
  assert.match(note, /^holdfast\/test\n7\n[A-Za-z0-9+/]{43}=\n\n— holdfast\/test [A-Za-z0-9+/]{91}=\n$/);
});

test("any altered byte of body or signature is noticed", () => {
  for (const altered of [
    note.replace("\n7\n", "\n8\n"),
    note.replace(/(.)(=\n\n)/, (_, last, rest) => (last === "A" ? "Q" : "A") + rest),
    note.replace(/(— \S+ .{20})./, "$1~"),
  ])
    assert.throws(() => openCheckpoint(altered, verifier), { code: "storage/corrupt" });
});

test("another key of the same name does not open it", () => {
  const other = new Keyring(newKeyFile("a", "now", randomBytes), randomBytes);
  assert.throws(() => openCheckpoint(note, verifierKey(origin, other.publicKey)), { code: "storage/corrupt" });
});
