import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { needPydicom, python } from "../../../test/support/pydicom.ts";
import { storageSopClasses, transferSyntaxes } from "../uids/index.ts";
import elements from "./elements.json" with { type: "json" };
import { elementsText, target } from "./generate.ts";
import { isPrivate, keywordOf, tagFrom, tagOf, tagText, vmOf, vrOf } from "./index.ts";

test("the committed table is what the generator gives", () => {
  assert.equal(readFileSync(target, "utf8"), elementsText());
});

test("keywords are unique, and name their tags both ways", () => {
  const tags = Object.keys(elements);
  assert.ok(tags.length > 5000);
  for (const hex of tags) {
    const tag = Number.parseInt(hex, 16);
    assert.equal(tagOf(keywordOf(tag)!), tag, hex);
    assert.equal(tagText(tag), hex);
  }
});

test("an element has a keyword, a value representation and a multiplicity", () => {
  const patientName = tagOf("PatientName");
  assert.equal(patientName, 0x00100010);
  assert.deepEqual([vrOf(patientName), vmOf(patientName)], ["PN", "1"]);
  assert.deepEqual([vrOf(tagOf("ContourData")), vmOf(tagOf("ContourData"))], ["DS", "3-3n"]);
  assert.equal(vrOf(tagOf("RTRadiationSetDeliveryUsage")), "CS");
  assert.throws(() => tagOf("PatientsName"), RangeError);
});

test("repeating groups follow their first one", () => {
  assert.equal(keywordOf(0x60020010), "OverlayRows");
  assert.equal(vrOf(0x601e3000), "OW");
  assert.equal(vrOf(0x50080010), "US");
  assert.equal(vrOf(0x00203145), "CS");
  assert.equal(vrOf(0x60010010), "LO", "an odd group is private");
});

test("what the dictionary does not list is read as PS3.5 Annex A says", () => {
  assert.equal(vrOf(0x00990000), "UL");
  assert.equal(vrOf(0x00290010), "LO", "a private creator");
  assert.equal(vrOf(0x00291010), "UN");
  assert.equal(vrOf(0x00083333), "UN");
  assert.ok(isPrivate(0x00291010) && !isPrivate(0x00281010));
});

test("a tag is found by keyword or by eight hex digits", () => {
  assert.equal(tagFrom("PatientID"), 0x00100020);
  assert.equal(tagFrom("00100020"), 0x00100020);
  assert.equal(tagFrom("7fe00010"), 0x7fe00010);
  assert.equal(tagFrom("0010002"), undefined);
  assert.equal(tagFrom("toString"), undefined);
});

test("pydicom's dictionary and UIDs agree", { skip: needPydicom() }, () => {
  const theirs: { elements: [string, string, string, string][]; uids: [string, string, string][] } = JSON.parse(
    python(`
import json
from pydicom._dicom_dict import DicomDictionary
from pydicom._uid_dict import UID_dictionary
print(json.dumps({
  "elements": [["%08X" % tag, e[0], e[1], e[4]] for tag, e in DicomDictionary.items() if e[4] and tag < 0xFFFEE000],
  "uids": [[uid, u[0], u[1]] for uid, u in UID_dictionary.items()]}))`),
  );
  for (const [hex, vr, , keyword] of theirs.elements) {
    const tag = Number.parseInt(hex, 16);
    assert.equal(keywordOf(tag), keyword, hex);
    assert.ok(vr.includes(vrOf(tag)), `${hex} ${vr} ${vrOf(tag)}`);
  }
  const sent = theirs.uids.filter(([, name]) => !/MIME|XML|SMPTE/.test(name)); // these carry no data sets
  for (const [uid, name, type] of sent) {
    if (type === "Transfer Syntax") assert.ok(transferSyntaxes.has(uid), `${uid} ${name}`);
    const isStorage = type === "SOP Class" && /Storage( SOP Class)?$/.test(name) && !/Directory|Commitment/.test(name);
    if (isStorage) assert.ok(storageSopClasses.has(uid), `${uid} ${name}`);
  }
});
