/** Findings in plain words, for the person who reads the alert. */
import type { Finding } from "./relation/finding.ts";

export interface Parties {
  source: string;
  target: string;
}

const spans: Record<number, string> = { 60: "minute", 3600: "hour", 86400: "day" };

/** One sentence with what was observed, what is expected and what peers do. */
export function explain(finding: Finding, { source, target }: Parties): string {
  if (finding.kind === "unfamiliar") {
    const party = finding.party === "target" ? target : source;
    return `${party} is rarely active: present in about ${percent(Math.exp(-finding.nats))} of the hours so far`;
  }
  const subject = {
    "source-volume": `${source} acts`,
    "target-volume": `${target} is accessed`,
    "pair-volume": `${source} accesses ${target}`,
    "source-breadth": `${source} reaches`,
    "target-breadth": `${target} is reached by`,
  }[finding.kind];
  const unit = { "source-breadth": " different targets", "target-breadth": " different actors" }[
    finding.kind as string
  ];
  const span = spans[finding.seconds ?? 0] ?? `${finding.seconds} s`;
  const { observed = 0, expected = 0, peer = 0 } = finding;
  const times = unit === undefined ? " times" : unit;
  return `${subject} about ${amount(observed)}${times} within a ${span}; its habit is ${amount(expected)}, its peers' ${amount(peer)}`;
}

/** MITRE ATT&CK technique that the strongest finding of a burst suggests; without one, the use of a valid account. */
export function technique(findings: readonly Finding[]): string {
  const burst = findings.find(({ kind }) => kind !== "unfamiliar");
  if (!burst || (findings[0]?.kind === "unfamiliar" && burst.nats < findings[0].nats / 2)) return "T1078";
  return {
    unfamiliar: "T1078", // Valid Accounts
    "source-breadth": "T1046", // Network Service Discovery
    "target-breadth": "T1498", // Network Denial of Service
    "target-volume": "T1498",
    "source-volume": "T1499", // Endpoint Denial of Service
    "pair-volume": "T1110", // Brute Force
  }[burst.kind];
}

function percent(share: number): string {
  return share >= 0.01 ? `${Math.round(share * 100)} %` : `${(share * 100).toFixed(2)} %`;
}

function amount(value: number): string {
  return value >= 10 ? String(Math.round(value)) : value.toFixed(1);
}
