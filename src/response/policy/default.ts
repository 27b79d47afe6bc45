/**
 * What a new installation starts with: it acts by itself only on what ordinary work does not do at all, takes writes
 * and deletes before anything else, and for the rest only notes what the automatic policy would have done.
 */
import { automaticPolicy } from "./automatic.ts";
import type { Policy, Rule } from "./types.ts";

const hour = 60;

const shadows = automaticPolicy.rules
  .filter(({ when }) => when.invariant !== true)
  .map((rule): Rule => ({ ...rule, mode: "shadow" }));

export const defaultPolicy: Policy = {
  version: 1,
  contact: "your IT department",
  rules: [
    {
      name: "vendor does what nobody does",
      when: { invariant: true, vendor: true },
      actions: [
        { action: "refuse", on: "principal", minutes: 24 * hour },
        { action: "freeze-deletes", on: "tenant", minutes: hour },
      ],
      mode: "automatic",
    },
    {
      name: "device sends what no device sends",
      when: { invariant: true, principals: ["device"] },
      actions: [{ action: "quarantine-writes", on: "principal", minutes: 24 * hour }],
      mode: "automatic",
    },
    {
      name: "account does what nobody does",
      when: { invariant: true },
      actions: [{ action: "read-only", on: "principal", minutes: 24 * hour }],
      mode: "automatic",
    },
    ...shadows,
  ],
  examples: [
    {
      name: "a vendor re-encrypts objects",
      finding: {
        risk: 0.99,
        evidence: ["content"],
        invariant: true,
        kind: "vendor",
        vendor: "acme",
        roles: ["vendor"],
      },
      rule: "vendor does what nobody does",
      mode: "automatic",
      actions: ["refuse", "freeze-deletes"],
    },
    {
      name: "a modality sends executables",
      finding: { risk: 0.99, evidence: ["content"], invariant: true, kind: "device", roles: ["modality"] },
      rule: "device sends what no device sends",
      mode: "automatic",
      actions: ["quarantine-writes"],
    },
    {
      name: "a physicist changes an approved plan under its UID",
      finding: { risk: 0.9, evidence: ["treatment"], invariant: true, roles: ["physicist"] },
      rule: "account does what nobody does",
      mode: "automatic",
      actions: ["read-only"],
    },
    {
      name: "a physicist deletes much, by two kinds of evidence",
      finding: { risk: 0.9, evidence: ["destruction", "novelty"], technique: "T1485", roles: ["physicist"] },
      rule: "account destroys",
      mode: "shadow",
    },
    {
      name: "what is merely new only marks",
      finding: { risk: 0.9, evidence: ["burst", "novelty"], technique: "T1485", roles: ["physicist"] },
      rule: "looks odd",
      mode: "shadow",
    },
    {
      name: "below the level of alerts nothing happens",
      finding: { risk: 0.3, evidence: ["burst", "novelty"], roles: ["therapist"] },
      rule: null,
    },
  ],
};
