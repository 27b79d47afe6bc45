/** What a schema cannot say: options that must fit one another, files that must be readable, and the open network. */
import { accessSync, constants, statSync } from "node:fs";
import { isIP } from "node:net";
import { relative } from "node:path";
import { HoldfastError } from "../../core/index.ts";
import { mirrorComplaints } from "./mirror.ts";
import { momentOf } from "./moment.ts";
import { routeComplaints } from "./routes.ts";
import type { Config, TlsConfig } from "./types.ts";
import { witnessComplaints } from "./witnesses.ts";

/** @throws HoldfastError config/invalid naming every option that is half-set or contradicts another. */
export function check(config: Config): void {
  const complaints = [
    ...listener("tls.dicom", config.tls.dicom),
    ...listener("tls.http", config.tls.http),
    ...config.peers.flatMap((peer, index) => [
      ...readable(`peers[${index}].tls.ca`, peer.tls?.ca),
      ...readable(`peers[${index}].tls.cert`, peer.tls?.cert),
      ...readable(`peers[${index}].tls.key`, peer.tls?.key),
    ]),
    ...duplicatePeers(config),
    ...views(config),
    ...replicas(config),
    ...mirrorComplaints(config.mirror),
    ...(["keyFile", "cert", "key", "ca"] as const).flatMap((option) =>
      readable(`mirror.${option}`, config.mirror[option]),
    ),
    ...witnessComplaints(config.witnesses, config.witness),
    ...config.witnesses.flatMap(({ ca }, index) => readable(`witnesses[${index}].ca`, ca)),
    ...keyOutsideData(config),
    ...ports(config),
    ...limits(config),
    ...identityProvider(config),
    ...openNetwork(config),
    ...readable("response.policy", config.response.policy),
    ...routeComplaints(config.response.routes),
    ...config.response.routes.flatMap((route, index) =>
      (["secretFile", "ca", "cert", "key"] as const).flatMap((option) =>
        readable(`response.routes[${index}].${option}`, route[option]),
      ),
    ),
  ];
  if (complaints.length > 0) throw new HoldfastError("config/invalid", complaints.join(" "));
}

export function isLoopback(host: string): boolean {
  if (host === "localhost" || host.endsWith(".localhost")) return true;
  return isIP(host) === 4 ? host.startsWith("127.") : host === "::1" || host.startsWith("::ffff:127.");
}

function listener(name: string, tls: TlsConfig | undefined): string[] {
  if (!tls) return [];
  const half = tls.clientCertificates !== "none" && !tls.ca;
  const idle = tls.clientCertificates === "none" && tls.ca;
  return [
    ...readable(`${name}.cert`, tls.cert),
    ...readable(`${name}.key`, tls.key),
    ...readable(`${name}.ca`, tls.ca),
    ...(half
      ? [`${name}.clientCertificates is ${tls.clientCertificates} but ${name}.ca is missing; name the authorities.`]
      : []),
    ...(idle ? [`${name}.ca has no use without ${name}.clientCertificates; set it to required or optional.`] : []),
  ];
}

function readable(name: string, path: string | undefined): string[] {
  if (path === undefined) return [];
  try {
    accessSync(path, constants.R_OK);
    return statSync(path).isFile() ? [] : [`${name} names ${path}, which is not a file.`];
  } catch {
    return [`${name} names ${path}, which cannot be read; mend the path or its permissions.`];
  }
}

function duplicatePeers(config: Config): string[] {
  const seen = new Set<string>();
  return config.peers.flatMap(({ aeTitle }, index) => {
    const name = aeTitle.trim();
    if (!seen.has(name)) return seen.add(name) && [];
    return [`peers[${index}].aeTitle ${name} is stated twice; C-MOVE could not tell which is meant, so remove one.`];
  });
}

function views(config: Config): string[] {
  const seen = new Set([config.aeTitle.trim()]);
  return config.views.flatMap(({ aeTitle, asOf }, index) => {
    const name = aeTitle.trim();
    const twice = seen.has(name) ? [`views[${index}].aeTitle ${name} is taken already; give each view its own.`] : [];
    seen.add(name);
    return momentOf(asOf) ? twice : [...twice, `views[${index}].asOf is no time that exists; mend it.`];
  });
}

function replicas(config: Config): string[] {
  return config.replicas.flatMap(({ to, credentialsFile, endpoint }, index) => {
    const name = `replicas[${index}]`;
    const bucket = /^s3:\/\/[^/]+/.test(to);
    const inside = !bucket && !relative(config.data, to).startsWith("..");
    return [
      ...readable(`${name}.credentialsFile`, credentialsFile),
      ...(inside ? [`${name}.to lies inside data; name a folder on another disk or machine.`] : []),
      ...(!bucket && (endpoint ?? credentialsFile)
        ? [`${name} is a folder: endpoint and credentialsFile are for S3.`]
        : []),
    ];
  });
}

function keyOutsideData(config: Config): string[] {
  if (config.keyFile === undefined) return [];
  const from = relative(config.data, config.keyFile);
  if (from === "" || (!from.startsWith("..") && from !== config.keyFile)) {
    return [`keyFile lies inside data; keep it elsewhere, so that who copies the data cannot read it.`];
  }
  return [];
}

function ports(config: Config): string[] {
  if (config.dicomPort === 0 || config.dicomPort !== config.httpPort) return [];
  return [`dicomPort and httpPort are both ${config.dicomPort}; give each its own.`];
}

function limits(config: Config): string[] {
  const { associations, associationsPerPeer } = config.limits;
  if (associationsPerPeer <= associations) return [];
  return [
    `limits.associationsPerPeer (${associationsPerPeer}) exceeds limits.associations (${associations}); lower it.`,
  ];
}

function identityProvider({ oidc, publicUrl }: Config): string[] {
  if (oidc?.issuer === undefined) return [];
  const loopback = isLoopback(new URL(oidc.issuer).hostname);
  return [
    ...(publicUrl === undefined
      ? ["oidc.issuer is set without publicUrl, where the provider sends people back to."]
      : []),
    ...(oidc.issuer.startsWith("http:") && !loopback ? ["oidc.issuer must be an https address."] : []),
    ...(oidc.roles.length === 0
      ? ["oidc.roles is empty, so that nobody would have a role; map a value of the claim."]
      : []),
    ...readable("oidc.clientSecretFile", oidc.clientSecretFile),
  ];
}

/** Beyond loopback everything is encrypted and authenticated (who is known is looked at in compose/gate.ts), unless the operator says in so many words that it shall not be. */
function openNetwork(config: Config): string[] {
  if (isLoopback(config.host) || config.insecureNetwork) return [];
  const lacking = [...(config.tls.dicom ? [] : ["tls.dicom"]), ...(config.tls.http ? [] : ["tls.http"])];
  if (lacking.length === 0) return [];
  return [
    `host ${config.host} is reachable from the network but ${lacking.join(", ")} ${lacking.length > 1 ? "are" : "is"} not set; ` +
      "set them, keep host at 127.0.0.1, or state insecureNetwork: true (--insecure-network).",
  ];
}
