import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { armor, Decrypter, generateIdentity, identityToRecipient } from "age-encryption";
import { openArchive } from "../../archive/index.ts";
import { runHere } from "../testing/command.ts";

const root = mkdtempSync(join(tmpdir(), "holdfast-escrow-"));
after(() => rmSync(root, { recursive: true }));

test("any k shares open the key, fewer or others do not; a sealed copy opens with the identity alone", async () => {
  const [data, key] = [join(root, "data"), join(root, "key.json")];
  await (await openArchive({ dataFolder: data, keyFile: key })).close();
  const run = (...words: string[]) => runHere(words, root);
  const own = ["--data", data, "--key-file", key];
  assert.equal((await run("keys", "split", "shares", "--shares", "5", "--threshold", "3", ...own)).code, 0);
  const shares = readdirSync(join(root, "shares")).map((name) => join(root, "shares", name));
  assert.equal(shares.length, 5);
  for (const chosen of [
    [0, 1, 2],
    [4, 2, 0],
    [1, 2, 3, 4],
  ].map((each) => each.map((index) => shares[index]!))) {
    const out = join(root, `combined-${chosen.length}-${shares.indexOf(chosen[0]!)}`);
    assert.equal((await run("keys", "combine", ...chosen, "--out", out)).code, 0);
    assert.ok(readFileSync(out).equals(readFileSync(key)));
  }
  const refused = async (...files: string[]) => {
    const { code, stderr } = await run("keys", "combine", ...files, "--out", join(root, "none"));
    assert.deepEqual([code, readdirSync(root).includes("none")], [3, false]);
    return stderr;
  };
  assert.match(await refused(shares[0]!, shares[1]!), /3 different shares are needed, 2/);
  assert.match(await refused(shares[0]!, shares[1]!, shares[1]!), /3 different shares are needed, 2/);
  const forged = JSON.parse(readFileSync(shares[2]!, "utf8")) as { threshold: number; share: string };
  const file = join(root, "forged.json");
  writeFileSync(
    file,
    JSON.stringify({ ...forged, share: Buffer.from(forged.share, "base64").reverse().toString("base64") }),
  );
  assert.match(await refused(shares[0]!, shares[1]!, file), /A share is damaged/);
  const few = [shares[0]!, shares[1]!].map((path, index) => {
    const lied = join(root, `lied-${index}.json`);
    writeFileSync(lied, JSON.stringify({ ...JSON.parse(readFileSync(path, "utf8")), threshold: 2 }));
    return lied;
  });
  assert.match(await refused(...few), /A share is damaged/);
  assert.equal((await run("keys", "split", "x", "--shares", "2", "--threshold", "3", ...own)).code, 2);

  const identity = await generateIdentity();
  const sealed = join(root, "sealed.age");
  assert.equal((await run("keys", "seal", sealed, "--to", await identityToRecipient(identity), ...own)).code, 0);
  const decrypter = new Decrypter();
  decrypter.addIdentity(identity);
  const opened = await decrypter.decrypt(armor.decode(readFileSync(sealed, "utf8")));
  assert.ok(readFileSync(key).equals(opened));
  assert.equal((await run("keys", "seal", join(root, "y"), "--to", "age1nonsense", ...own)).code, 2);
});
