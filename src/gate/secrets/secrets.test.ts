import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { hashPassword, verifyPassword } from "./password.ts";
import { base32, totpCode, totpStep, verifyTotp } from "./totp.ts";

const secret = Buffer.from("12345678901234567890");

test("one-time codes are those of RFC 6238 Appendix B", () => {
  const vectors: [seconds: number, code: string][] = [
    [59, "94287082"],
    [1111111109, "07081804"],
    [1111111111, "14050471"],
    [1234567890, "89005924"],
    [2000000000, "69279037"],
    [20000000000, "65353130"],
  ];
  for (const [seconds, code] of vectors) assert.equal(totpCode(secret, totpStep(seconds * 1000), 8), code);
});

test("a code counts within a step to either side, and none of a step that was used", () => {
  const now = 1_700_000_000_000;
  const step = totpStep(now);
  for (const beside of [-1, 0, 1])
    assert.equal(verifyTotp(secret, totpCode(secret, step + beside), now, -1), step + beside);
  for (const far of [-2, 2]) assert.equal(verifyTotp(secret, totpCode(secret, step + far), now, -1), undefined);
  assert.equal(verifyTotp(secret, totpCode(secret, step), now, step), undefined);
  assert.equal(verifyTotp(secret, "", now, -1), undefined);
});

test("base32 is that of RFC 4648 section 10, without padding", () => {
  const vectors = {
    "": "",
    f: "MY",
    fo: "MZXQ",
    foo: "MZXW6",
    foob: "MZXW6YQ",
    fooba: "MZXW6YTB",
    foobar: "MZXW6YTBOI",
  };
  for (const [text, encoded] of Object.entries(vectors)) assert.equal(base32(Buffer.from(text)), encoded);
});

test("a password opens its own hash only; equal passwords have different hashes; short ones are refused", async () => {
  const [one, other] = await Promise.all([1, 2].map(() => hashPassword("correct horse battery", randomBytes)));
  assert.notEqual(one, other);
  assert.match(one!, /^\$argon2id\$v=19\$m=65536,t=3,p=1\$/);
  assert.equal(await verifyPassword("correct horse battery", one), true);
  assert.equal(await verifyPassword("correct horse batterz", one), false);
  assert.equal(await verifyPassword("correct horse battery", undefined), false);
  assert.equal(await verifyPassword("", "$argon2id$v=19$m=1$x"), false);
  await assert.rejects(hashPassword("short", randomBytes), { code: "request/invalid" });
});
