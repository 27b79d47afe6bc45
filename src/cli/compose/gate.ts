/** The gate as a configuration describes it. */
import { randomBytes } from "node:crypto";
import { lookup } from "node:dns/promises";
import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import type { OpenArchive } from "../../archive/index.ts";
import { type Clock, HoldfastError } from "../../core/index.ts";
import { defaultTenant, Gate, type OidcOptions, type PeerRecord, type Principal } from "../../gate/index.ts";
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
    ...oidcOf(config),
    configuredPeers: await Promise.all(config.peers.map(configured)),
  });
}

const givesAdministrator = ({ oidc }: Config): boolean =>
  oidc?.issuer !== undefined && oidc.roles.some(({ role }) => role === "administrator");

function oidcOf({ oidc, publicUrl }: Config): { oidc?: OidcOptions } {
  if (oidc?.issuer === undefined || oidc.clientId === undefined || publicUrl === undefined) return {};
  const { issuer, clientId, clientSecretFile, scope, claim, roles } = oidc;
  const secret = clientSecretFile === undefined ? {} : { clientSecret: readFileSync(clientSecretFile, "utf8").trim() };
  const redirectUrl = `${publicUrl.replace(/\/+$/, "")}/api/v1/oidc/callback`;
  return { oidc: { issuer, clientId, ...secret, redirectUrl, scope, claim, roles } };
}

/** Beyond loopback somebody must be known, or nobody could use or administer it. @throws HoldfastError config/invalid */
export function assertKnown(gate: Gate, config: Config): void {
  if (isLoopback(config.host) || config.insecureNetwork) return;
  const lacking = [
    ...(gate.peers.all().length > 0
      ? []
      : ["no DICOM peer is known: npx holdfast peers add, or peers in the configuration."]),
    ...(gate.users.hasAdministrator || givesAdministrator(config)
      ? []
      : ["nobody can log in: npx holdfast users add NAME --role administrator."]),
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
