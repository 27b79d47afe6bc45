/** The gate as a configuration describes it. */
import { randomBytes } from "node:crypto";
import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import type { OpenArchive } from "../../archive/index.ts";
import { type Clock, HoldfastError } from "../../core/index.ts";
import { defaultTenant, Gate, type PeerRecord, type Principal } from "../../gate/index.ts";
import { type Config, isLoopback, type PeerConfig } from "../config/index.ts";

export async function openGate(
  archive: OpenArchive,
  config: Config,
  clock: Clock,
  operator?: Principal,
): Promise<Gate> {
  return Gate.open({
    store: archive,
    clock,
    random: randomBytes,
    strangers: config.insecureNetwork ? "anywhere" : isLoopback(config.host) ? "loopback" : "nobody",
    ...(operator ? { operator } : {}),
    configuredPeers: await Promise.all(config.peers.map(configured)),
  });
}

/** Beyond loopback somebody must be known, or nobody could use or administer it. @throws HoldfastError config/invalid */
export function assertKnown(gate: Gate, config: Config): void {
  if (isLoopback(config.host) || config.insecureNetwork) return;
  const lacking = [
    ...(gate.peers.all().length > 0
      ? []
      : ["no DICOM peer is known: npx holdfast peers add, or peers in the configuration."]),
    ...(gate.users.hasAdministrator ? [] : ["nobody can log in: npx holdfast users add NAME --role administrator."]),
  ];
  if (lacking.length === 0) return;
  throw new HoldfastError(
    "config/invalid",
    `host ${config.host} is reachable from the network but ${lacking.join(" Also, ")} Or keep host at 127.0.0.1.`,
  );
}

/** A peer of the configuration calls from the addresses that its host has at the start. */
async function configured({ aeTitle, host, port }: PeerConfig): Promise<PeerRecord> {
  const found = isIP(host) ? [host] : (await lookup(host, { all: true }).catch(() => [])).map(({ address }) => address);
  return { aeTitle, role: "workstation", tenant: defaultTenant, addresses: found, host, port };
}
