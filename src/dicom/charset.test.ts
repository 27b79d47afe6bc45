import assert from "node:assert/strict";
import { test } from "node:test";
import { needPydicom, python } from "../../test/support/pydicom.ts";
import { CharacterSet } from "./charset.ts";

interface Example {
  name: string;
  terms: string;
  /** Hexadecimal; quoted parts are ASCII. */
  bytes: string;
  text: string;
  /** Not understood, or not rightly, by the pydicom that Debian has. */
  beyondPydicom?: boolean;
}

/** The examples of PS3.5 Annexes H (Japanese), I (Korean), J and K (Chinese), and a name in every single-byte set. */
const examples: Example[] = [
  {
    name: "H.3.1 Kanji and Hiragana beside ASCII",
    terms: "\\ISO 2022 IR 87",
    bytes:
      "'Yamada^Tarou=' 1b2442 3b334544 1b2842 '^' 1b2442 42404f3a 1b2842 '=' 1b2442 2464245e2440 1b2842 '^' 1b2442 243f246d2426 1b2842",
    text: "Yamada^Tarou=山田^太郎=やまだ^たろう",
  },
  {
    name: "H.3.2 half-width Katakana in the first set",
    terms: "ISO 2022 IR 13\\ISO 2022 IR 87",
    bytes:
      "d4cfc0de '^' c0dbb3 '=' 1b2442 3b334544 1b284a '^' 1b2442 42404f3a 1b284a '=' 1b2442 2464245e2440 1b284a '^' 1b2442 243f246d2426 1b284a",
    text: "ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう",
  },
  {
    name: "Kanji whose halves have the codes of delimiters",
    terms: "\\ISO 2022 IR 87",
    bytes: "1b2442 3d28305c 1b2842 '^' 1b2442 3d3d 1b2842",
    text: "秀移^十",
  },
  {
    name: "supplementary Kanji",
    terms: "\\ISO 2022 IR 87\\ISO 2022 IR 159",
    bytes: "1b2442 3b33 1b242844 3021 1b2842",
    text: "山丂",
  },
  {
    name: "I.2 Korean",
    terms: "\\ISO 2022 IR 149",
    bytes: "'Hong^Gildong=' 1b242943 fbf3 '^' 1b242943 d1ced4d7 '=' 1b242943 c8ab '^' 1b242943 b1e6b5bf",
    text: "Hong^Gildong=洪^吉洞=홍^길동",
  },
  {
    name: "J.1 Chinese in UTF-8",
    terms: "ISO_IR 192",
    bytes: "'Wang^XiaoDong=' e78e8b '^' e5b08fe69db1",
    text: "Wang^XiaoDong=王^小東",
  },
  { name: "J.2 GB18030", terms: "GB18030", bytes: "'Wang^XiaoDong=' cdf5 '^' d0a1b6ab", text: "Wang^XiaoDong=王^小东" },
  { name: "J.4 GBK", terms: "GBK", bytes: "'Wang^XiaoDong=' cdf5 '^' d0a1b6ab", text: "Wang^XiaoDong=王^小东" },
  { name: "four bytes of GB18030", terms: "GB18030", bytes: "81308130 81", text: "\u0080\ufffd" },
  {
    name: "K.2 simplified Chinese beside ASCII",
    terms: "\\ISO 2022 IR 58",
    bytes: "'Zhang^XiaoDong=' 1b242941 d5c5 '^' 1b242941 d0a1b6ab '='",
    text: "Zhang^XiaoDong=张^小东=",
    beyondPydicom: true,
  },
  { name: "Western European", terms: "ISO_IR 100", bytes: "'Buc^' e9f1fc", text: "Buc^éñü" },
  { name: "Central European", terms: "ISO_IR 101", bytes: "'Wo' 6ab1 '^' b3", text: "Woją^ł" },
  { name: "South European", terms: "ISO_IR 109", bytes: "a6b6f5", text: "Ĥĥġ" },
  { name: "Baltic", terms: "ISO_IR 110", bytes: "a3b6bf", text: "Ŗļŋ" },
  { name: "Greek", terms: "ISO_IR 126", bytes: "c4e9efede0f3e9efe2", text: "Διονΰσιοβ" },
  { name: "Cyrillic", terms: "ISO_IR 144", bytes: "bbeedac1d5dcd1e3e0d3", text: "ЛюкСембург" },
  { name: "Arabic", terms: "ISO_IR 127", bytes: "e2c8c7e6ea '^' e4e6d2c7d1", text: "قباني^لنزار" },
  { name: "Hebrew", terms: "ISO_IR 138", bytes: "f9f8e5ef '^' e3e1e5f8e4", text: "שרון^דבורה" },
  { name: "Turkish", terms: "ISO_IR 148", bytes: "c7f0fdfe", text: "Çğış" },
  { name: "Thai", terms: "ISO_IR 166", bytes: "b9d2c1 '^' cad8a1c5", text: "นาม^สุกล" },
  { name: "Latin 9", terms: "ISO_IR 203", bytes: "a4bcbd", text: "€Œœ", beyondPydicom: true },
  {
    name: "two single-byte sets, back to the first at a delimiter",
    terms: "ISO 2022 IR 100\\ISO 2022 IR 144",
    bytes: "e9 1b2d4c bbee '^' e9",
    text: "éЛю^é",
  },
];

function bytesOf(text: string): Buffer {
  const ascii = (quoted: string): string => Buffer.from(quoted.slice(1, -1), "latin1").toString("hex");
  return Buffer.from(text.replaceAll(/'[^']*'/g, ascii).replaceAll(" ", ""), "hex");
}

const setOf = (terms: string): CharacterSet => new CharacterSet(terms.split("\\"));

for (const { name, terms, bytes, text } of examples)
  test(`${terms}: ${name}`, () => {
    assert.equal(setOf(terms).decode(bytesOf(bytes)), text);
    assert.ok(setOf(terms).known);
  });

test("pydicom reads the same texts", { skip: needPydicom() }, () => {
  const common = examples.filter(({ beyondPydicom }) => !beyondPydicom);
  const theirs: string[] = JSON.parse(
    python(
      `
import json, sys
from pydicom.charset import convert_encodings, decode_bytes
print(json.dumps([decode_bytes(bytes.fromhex(data), convert_encodings(terms.split("\\\\")), set(b"^=\\\\\\r\\n\\t\\f"))
    for terms, data in json.loads(sys.argv[1])]))
`,
      JSON.stringify(common.map(({ terms, bytes }) => [terms, bytesOf(bytes).toString("hex")])),
    ),
  );
  assert.deepEqual(
    theirs,
    common.map(({ text }) => text),
  );
});

test("text is encoded so that it reads the same, where the set can hold it", () => {
  const texts: [terms: string, text: string][] = [
    ["ISO_IR 100", "Buc^éñü"],
    ["ISO_IR 144", "Люкceмбypг"],
    ["ISO_IR 126", "Διονυσιος"],
    ["ISO_IR 13", "ﾔﾏﾀﾞ^ﾀﾛｳ"],
    ["GBK", "王^小东"],
    ["GB18030", "王^小东"],
    ["ISO_IR 192", "王^小東 😀"],
    ["", "Smith^John"],
  ];
  for (const [terms, text] of texts) assert.equal(setOf(terms).decode(setOf(terms).encode(text)), text);
  assert.equal(setOf("ISO_IR 100").decode(setOf("ISO_IR 100").encode("Ж1")), "?1");
  assert.equal(setOf("").decode(setOf("").encode("é")), "?");
});

test("unknown terms are told, and the bytes still become text", () => {
  for (const term of ["ISO_IR 999", "constructor", "__proto__", "toString"]) {
    const set = setOf(term);
    assert.equal(set.known, false);
    assert.equal(set.decode(Uint8Array.of(0x41, 0xe9)), "Aé");
  }
});

test("damaged escape sequences and halves of characters do no harm", () => {
  const set = setOf("\\ISO 2022 IR 87\\ISO 2022 IR 159");
  for (const bytes of ["1b", "1b24", "1b2442", "1b24423b", "1b242844", "1b24284430", "411b5a42", "1b1b1b"])
    assert.equal(typeof set.decode(bytesOf(bytes)), "string");
});

test("shared memory decodes like any other", () => {
  const shared = new Uint8Array(new SharedArrayBuffer(4));
  shared.set(bytesOf("bbee c2"));
  assert.equal(setOf("ISO_IR 144").decode(shared.subarray(0, 2)), "Лю");
});
