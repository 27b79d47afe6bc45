/**
 * What an operator switches on: it takes writes before reading, slows down before it refuses, refuses vendors only, and
 * acts on what is done, never on what is merely new or frequent. `docs/policies/automatic.json` is made from it; the default
 * notes what it would do.
 */
import type { Example, Policy, Rule } from "./types.ts";

const [hour, day] = [60, 24 * 60];
/** Detectors that tell of what is done to objects, and of what is touched without a reason; the rest tell how new or how much. */
const destroying = ["destruction", "content", "treatment"];
const taking = ["dormant", "breadth"];
/** Of whom one expects little, much is telling, too. */
const deeds = [...destroying, ...taking, "volume"];
/** Data destruction, encryption for impact, data manipulation, inhibiting recovery; their sub-techniques included. */
const destruction = ["T1485", "T1486", "T1565", "T1490"];

const rules: Rule[] = [
  {
    name: "vendor beyond doubt",
    when: { automatic: true, vendor: true },
    mode: "automatic",
    actions: [
      { action: "cut-vendor-link", on: "vendor", minutes: day },
      { action: "freeze-deletes", on: "tenant", minutes: hour },
    ],
  },
  {
    name: "device does what no device does",
    when: { invariant: true, principals: ["device"] },
    mode: "automatic",
    actions: [{ action: "quarantine-writes", on: "principal", minutes: day }],
  },
  {
    name: "account does what nobody does",
    when: { invariant: true },
    mode: "automatic",
    actions: [
      { action: "read-only", on: "principal", minutes: day },
      { action: "rate-limit", on: "principal", minutes: day, perMinute: 10 },
    ],
  },
  {
    name: "vendor does what it was not called for",
    when: { risk: 0.5, vendor: true, evidence: deeds },
    mode: "automatic",
    actions: [{ action: "refuse", on: "principal", minutes: 4 * hour }],
  },
  {
    name: "device destroys",
    when: { risk: 0.5, principals: ["device"], evidence: destroying },
    mode: "automatic",
    actions: [{ action: "quarantine-writes", on: "principal", minutes: 4 * hour }],
  },
  {
    name: "account destroys",
    when: { risk: 0.75, kinds: 2, evidence: destroying },
    mode: "automatic",
    actions: [{ action: "read-only", on: "principal", minutes: 4 * hour }],
  },
  {
    name: "account destroys what nobody asked for",
    when: { risk: 0.75, kinds: 2, techniques: destruction, evidence: taking },
    mode: "automatic",
    actions: [{ action: "read-only", on: "principal", minutes: 4 * hour }],
  },
  {
    name: "account destroys beyond doubt",
    when: { automatic: true, techniques: destruction },
    mode: "automatic",
    actions: [{ action: "read-only", on: "principal", minutes: 4 * hour }],
  },
  {
    name: "takes much",
    when: { risk: 0.75, kinds: 2, evidence: taking },
    mode: "automatic",
    actions: [{ action: "rate-limit", on: "principal", minutes: 4 * hour, perMinute: 5 }],
  },
  {
    name: "account destroys, by one kind of evidence",
    when: { risk: 0.75, evidence: destroying },
    mode: "ask",
    actions: [{ action: "read-only", on: "principal", minutes: 4 * hour }],
  },
  {
    name: "looks odd",
    when: { risk: 0.5 },
    mode: "shadow",
    actions: [{ action: "watch", on: "principal", minutes: day }],
  },
];

const examples: Example[] = [
  {
    name: "a vendor re-encrypts objects",
    finding: { risk: 0.99, evidence: ["content"], invariant: true, automatic: true, kind: "vendor", vendor: "acme" },
    rule: "vendor beyond doubt",
    mode: "automatic",
    actions: ["cut-vendor-link", "freeze-deletes"],
  },
  {
    name: "a modality sends executables",
    finding: { risk: 0.99, evidence: ["content"], invariant: true, kind: "device", roles: ["modality"] },
    rule: "device does what no device does",
    actions: ["quarantine-writes"],
  },
  {
    name: "a physicist touches a canary",
    finding: { risk: 0.9, evidence: ["invariants"], invariant: true, roles: ["physicist"] },
    rule: "account does what nobody does",
    actions: ["read-only", "rate-limit"],
  },
  {
    name: "a vendor reads what nobody asked for",
    finding: { risk: 0.6, evidence: ["novelty", "dormant"], vendor: "acme" },
    rule: "vendor does what it was not called for",
    actions: ["refuse"],
  },
  {
    name: "a vendor comes at an unusual hour",
    finding: { risk: 0.6, evidence: ["novelty", "burst"], vendor: "acme" },
    rule: "looks odd",
    mode: "shadow",
  },
  {
    name: "a workstation overwrites pixels",
    finding: { risk: 0.6, evidence: ["destruction"], kind: "device", roles: ["workstation"] },
    rule: "device destroys",
    actions: ["quarantine-writes"],
  },
  {
    name: "a physicist deletes much",
    finding: { risk: 0.8, evidence: ["destruction", "novelty"], technique: "T1485", roles: ["physicist"] },
    rule: "account destroys",
    actions: ["read-only"],
  },
  {
    name: "certain destruction",
    finding: { risk: 0.9, evidence: ["burst"], automatic: true, technique: "T1485", roles: ["physicist"] },
    rule: "account destroys beyond doubt",
    actions: ["read-only"],
  },
  {
    name: "a physicist deletes what nobody has asked for in weeks",
    finding: { risk: 0.8, evidence: ["dormant", "novelty"], technique: "T1485", roles: ["physicist"] },
    rule: "account destroys what nobody asked for",
    actions: ["read-only"],
  },
  {
    name: "a viewer has a busy day",
    finding: { risk: 0.9, evidence: ["volume", "novelty"], technique: "T1530", kind: "device", roles: ["workstation"] },
    rule: "looks odd",
    mode: "shadow",
  },
  {
    name: "a physicist takes much",
    finding: { risk: 0.8, evidence: ["dormant", "novelty"], technique: "T1530", roles: ["physicist"] },
    rule: "takes much",
    actions: ["rate-limit"],
  },
  {
    name: "one kind of evidence against an account is for a person to decide",
    finding: { risk: 0.8, evidence: ["destruction"], technique: "T1485", roles: ["physicist"] },
    rule: "account destroys, by one kind of evidence",
    mode: "ask",
  },
  {
    name: "a new dashboard polls",
    finding: { risk: 0.9, evidence: ["novelty", "burst"], technique: "T1078", roles: ["service"] },
    rule: "looks odd",
    mode: "shadow",
  },
  {
    name: "below the level of alerts nothing happens",
    finding: { risk: 0.3, evidence: ["destruction", "novelty"], roles: ["therapist"] },
    rule: null,
  },
];

export const automaticPolicy: Policy = { version: 1, contact: "your IT department", rules, examples };
