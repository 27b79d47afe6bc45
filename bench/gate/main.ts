/**
 * `npm run bench:gate`: the time of one decision at 10,000 peers and 1,000 containments, in µs. `--throughput` and
 * `--pixel-digest` measure what the gate with all behind it, and the digest of the pixels, cost an archive that stores.
 */
import { randomBytes } from "node:crypto";
import { parseArgs } from "node:util";
import {
  actionNames,
  type Containment,
  ContainmentState,
  containmentActions,
  decide,
  Gate,
  type Principal,
} from "../../src/gate/index.ts";
import { measurePixelDigest, measureThroughput } from "./throughput.ts";

const { values } = parseArgs({
  options: {
    peers: { type: "string", default: "10000" },
    containments: { type: "string", default: "1000" },
    throughput: { type: "boolean" },
    "pixel-digest": { type: "boolean" },
    rounds: { type: "string", default: "3" },
    count: { type: "string", default: "4000" },
  },
});
const [peerCount, containmentCount] = [Number(values.peers), Number(values.containments)];
const decisions = 500_000;
const now = 1_700_000_000_000;

const peers = Array.from({ length: peerCount }, (_, i): Principal => {
  const address = `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`;
  const common = { id: `peer:P${i}`, name: `P${i}`, tenant: `t${i % 170}`, address, authenticatedAt: now - i };
  if (i % 5 > 0) return { ...common, kind: "device", roles: ["workstation"], method: "certificate" };
  const vendorSession = { id: `s${i}`, until: now + 1, hosts: [address], tenants: [common.tenant] };
  return { ...common, kind: "vendor", roles: ["vendor"], method: "password", vendor: `v${i % 40}`, vendorSession };
});

const containments = new ContainmentState();
for (let i = 0; i < containmentCount; i++) {
  const action = containmentActions[i % containmentActions.length]!;
  const kind = action === "cut-vendor-link" ? "vendor" : action === "freeze-deletes" ? "tenant" : "principal";
  const id = { vendor: `v${i % 40}`, tenant: `t${i % 170}`, principal: `peer:P${(i * 7) % peerCount}` }[kind];
  const one: Containment = { id: `c${i}`, target: { kind, id }, action, since: now - 1, reason: "r", contact: "IT" };
  containments.apply(one);
}

function run(count: number): Float64Array {
  const times = new Float64Array(count);
  const effects: Record<string, number> = {};
  for (let i = 0; i < count; i++) {
    const principal = peers[(i * 7919) % peerCount]!;
    const action = actionNames[(i * 31) % actionNames.length]!;
    const began = process.hrtime.bigint();
    const { effect } = decide(principal, action, { tenant: principal.tenant }, { containments, now });
    times[i] = Number(process.hrtime.bigint() - began) / 1000;
    effects[effect] = (effects[effect] ?? 0) + 1;
  }
  process.stdout.write(`${JSON.stringify(effects)}\n`);
  return times.sort();
}

/** A registry in memory: what is measured is the way from an association's facts to the decision. */
async function peersOf(count: number): Promise<Gate> {
  const records = peers
    .slice(0, count)
    .map(({ name, address, tenant }): [string, unknown] => [
      name,
      { aeTitle: name, role: "workstation", tenant, addresses: [`${address}/32`] },
    ]);
  const store = {
    settings: async (collection: string) => new Map(collection === "peers" ? records : []),
    change: async () => {},
    seal: () => "",
    unseal: () => Buffer.alloc(0),
  };
  return Gate.open({ store, clock: () => now, random: randomBytes, strangers: "nobody" });
}

async function admissions(count: number): Promise<string> {
  const gate = await peersOf(peerCount);
  gate.containments.replace(containments.snapshot());
  const taken = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    const { name: aeTitle, address } = peers[(i * 7919) % peerCount]!;
    const began = process.hrtime.bigint();
    const resolved = gate.peers.resolve({ aeTitle, address: address!, at: now });
    if (!("refused" in resolved)) gate.decide(gate.refreshed(resolved), "associate");
    taken[i] = Number(process.hrtime.bigint() - began) / 1000;
  }
  taken.sort();
  return `p50 ${taken[count >> 1]!.toFixed(2)} µs, p99 ${taken[Math.floor(0.99 * (count - 1))]!.toFixed(2)} µs`;
}

async function measureDecisions(): Promise<boolean> {
  run(50_000);
  const times = run(decisions);
  const at = (part: number): string => times[Math.floor(part * (decisions - 1))]!.toFixed(2);
  const p99 = Number(at(0.99));
  process.stdout.write(
    `decide: ${decisions} decisions, ${peerCount} peers, ${containmentCount} containments: ` +
      `p50 ${at(0.5)} µs, p99 ${p99} µs, p99.9 ${at(0.999)} µs, max ${at(1)} µs (target p99 ≤ 50 µs)\n`,
  );
  process.stdout.write(`an association from its facts to the decision: ${await admissions(100_000)}\n`);
  return p99 <= 50;
}

async function measure(): Promise<boolean> {
  const [rounds, count] = [Number(values.rounds), Number(values.count)];
  if (values["pixel-digest"]) return measurePixelDigest(rounds, count);
  return values.throughput ? measureThroughput(rounds, count) : measureDecisions();
}

process.exitCode = (await measure()) ? 0 : 1;
