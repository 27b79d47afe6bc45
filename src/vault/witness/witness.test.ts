import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { signCheckpoint, verifierKey } from "../journal/checkpoint.ts";
import { ConsistencyProver } from "../journal/consistency.ts";
import { CompactRange, leafHash } from "../journal/merkle.ts";
import { Keyring, newKeyFile } from "../keys/keyring.ts";
import { openCosigned } from "./cosignature.ts";
import { encodeAddCheckpoint } from "./request.ts";
import { originHash, WitnessStore } from "./store.ts";
import { Witness } from "./witness.ts";

const root = mkdtempSync(join(tmpdir(), "holdfast-witness-"));
after(() => rmSync(root, { recursive: true }));

const keyring = new Keyring(newKeyFile("a", "now", randomBytes), randomBytes);
const origin = "holdfast/test";
const log = verifierKey(origin, keyring.publicKey);
const leaves = Array.from({ length: 40 }, (_, index) => leafHash(Buffer.from(`entry ${index}`)));
const forged = leaves.with(3, leafHash(Buffer.from("another past")));
const seconds = 1_700_000_000;

function rangeOf(leaves: Buffer[]): CompactRange {
  const range = new CompactRange();
  for (const leaf of leaves) range.append(leaf);
  return range;
}

const noteOf = (leaves: Buffer[], size: number, by = keyring) =>
  signCheckpoint({ origin, size, root: rangeOf(leaves.slice(0, size)).root() }, by.signing, by.publicKey);

function request(leaves: Buffer[], old: number, size: number, note = noteOf(leaves, size)): string {
  if (old === 0 || old > size) return encodeAddCheckpoint({ old, proof: [], note });
  const prover = new ConsistencyProver(rangeOf(leaves.slice(0, old)), size);
  for (const leaf of leaves.slice(old, size)) prover.append(leaf);
  return encodeAddCheckpoint({ old, proof: prover.proof(), note });
}

async function witnessIn(name: string) {
  const store = await WitnessStore.open(join(root, name), "witness.example/w", randomBytes);
  return { store, witness: new Witness({ store, logs: [log], now: () => seconds * 1000 }) };
}

test("a checkpoint that extends the last is cosigned; the cosignature says when, and opens for its key alone", async () => {
  const { store, witness } = await witnessIn("extends");
  for (const [old, size] of [
    [0, 5],
    [5, 5],
    [5, 17],
    [17, 40],
  ] as const) {
    const { status, body } = await witness.addCheckpoint(request(leaves, old, size));
    assert.equal(status, 200);
    assert.match(body, /^— witness\.example\/w [A-Za-z0-9+/]{102}==?\n$|^— witness\.example\/w [A-Za-z0-9+/=]{104}\n$/);
    const note = noteOf(leaves, size) + body;
    const cosigned = openCosigned(note, store.verifier);
    assert.deepEqual([cosigned?.size, cosigned?.time, cosigned?.witness], [size, seconds * 1000, store.verifier.name]);
    assert.equal(openCosigned(note.replace(`\n${size}\n`, `\n${size + 1}\n`), store.verifier), undefined);
    assert.equal(openCosigned(note, { ...store.verifier, publicKey: randomBytes(32) }), undefined);
  }
  const { status, body } = await witness.latest(originHash(origin));
  assert.deepEqual([status, openCosigned(body, store.verifier)?.size], [200, 40]);
  store[Symbol.dispose]();
});

test("with the log's own key nobody has another history cosigned: not a longer one, not one of the same size", async () => {
  const { store, witness } = await witnessIn("refuses");
  assert.equal((await witness.addCheckpoint(request(leaves, 0, 10))).status, 200);
  assert.equal((await witness.addCheckpoint(request(forged, 10, 20))).status, 422);
  assert.equal((await witness.addCheckpoint(request(forged, 10, 10))).status, 409);
  const [shorter, afresh] = [request(forged, 0, 9), request(forged, 0, 20)];
  for (const body of [shorter, afresh]) {
    const { status, type, body: size } = await witness.addCheckpoint(body);
    assert.deepEqual([status, type, size], [409, "text/x.tlog.size", "10\n"]);
  }
  assert.equal(openCosigned((await witness.latest(originHash(origin))).body, store.verifier)?.size, 10);
  assert.equal((await witness.addCheckpoint(request(leaves, 10, 20))).status, 200, "the true history goes on");
  store[Symbol.dispose]();
});

test("what is malformed, of an unknown log, or not signed by it, is refused as the protocol says", async () => {
  const { store, witness } = await witnessIn("protocol");
  const thief = new Keyring(newKeyFile("a", "now", randomBytes), randomBytes);
  const status = async (body: string) => (await witness.addCheckpoint(body)).status;
  assert.equal(await status(request(leaves, 0, 5, noteOf(leaves, 5, thief))), 403);
  assert.equal(await status(request(leaves, 0, 5).replaceAll(origin, "other/log")), 404);
  assert.equal(await status(request(leaves, 9, 5)), 400);
  const sound = request(leaves, 0, 5);
  for (const body of ["", "old 0\n", sound.replace("old 0", "old 00"), sound.replace("old 0\n", "old 0\nAAAA\n")])
    assert.equal(await status(body), 400, JSON.stringify(body));
  assert.equal((await witness.latest("0".repeat(64))).status, 404);
  assert.equal((await witness.latest(originHash(origin))).status, 404);
  assert.deepEqual(readdirSync(join(root, "protocol")).sort(), ["lock", "witness.json"]);
  store[Symbol.dispose]();
});

test("nothing is signed that is not kept first; what is kept survives, and damage is no beginning", async () => {
  const { store } = await witnessIn("keeps");
  const order: string[] = [];
  const failing = {
    ...pick(store),
    write: async () => {
      order.push("write");
      throw new Error("disk");
    },
  } as unknown as WitnessStore;
  const broken = new Witness({
    store: failing,
    logs: [log],
    now: () => {
      order.push("sign");
      return 0;
    },
  });
  await assert.rejects(broken.addCheckpoint(request(leaves, 0, 5)), /disk/);
  assert.deepEqual(order, ["write"]);
  const witness = new Witness({ store, logs: [log], now: () => 0 });
  const answers = await Promise.all([
    witness.addCheckpoint(request(leaves, 0, 5)),
    witness.addCheckpoint(request(forged, 0, 8)),
    witness.addCheckpoint(request(leaves, 0, 7)),
  ]);
  assert.deepEqual(
    answers.map(({ status }) => status),
    [200, 409, 409],
    "of several at once that begin from the same, one is cosigned",
  );
  const { key } = store;
  store[Symbol.dispose]();
  const again = await witnessIn("keeps");
  assert.equal(again.store.key, key);
  assert.equal((await again.witness.addCheckpoint(request(forged, 0, 8))).status, 409);
  const note = join(root, "keeps", `${originHash(origin)}.note`);
  assert.ok(existsSync(note));
  writeFileSync(note, "");
  await assert.rejects(again.witness.addCheckpoint(request(forged, 0, 8)), { code: "storage/corrupt" });
  await assert.rejects(WitnessStore.open(join(root, "keeps"), "witness.example/w", randomBytes), {
    code: "storage/locked",
  });
  again.store[Symbol.dispose]();
  await assert.rejects(WitnessStore.open(join(root, "keeps"), "other", randomBytes), { code: "storage/key" });
});

function pick(store: WitnessStore) {
  return { verifier: store.verifier, signing: store.signing, read: (name: string) => store.read(name) };
}
