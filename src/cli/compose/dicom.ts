/** The DICOM side as a configuration describes it. */
import type { Logger } from "pino";
import type { Archive } from "../../archive/index.ts";
import { createDimseService, type DimseService, dimseGate } from "../../archive/scp/index.ts";
import type { Gate } from "../../gate/index.ts";
import { type Config, momentOf } from "../config/index.ts";
import { listenerTls, peerTls } from "./tls.ts";

export function dicomService(archive: Archive, config: Config, gate: Gate, log: Logger): DimseService {
  const { limits } = config;
  return createDimseService(archive, {
    aeTitle: config.aeTitle,
    listeners: [
      {
        host: config.host,
        port: config.dicomPort,
        ...(config.tls.dicom ? { tls: listenerTls(config.tls.dicom) } : {}),
      },
    ],
    peers: config.peers.map(({ tls, ...peer }) => ({ ...peer, ...(tls ? { tls: peerTls(tls) } : {}) })),
    views: config.views.map(({ aeTitle, asOf }) => ({ aeTitle, moment: momentOf(asOf)! })),
    gate: dimseGate(gate, log),
    acceptSopClasses: config.acceptUnknownSopClasses,
    limits: {
      associations: limits.associations,
      associationsPerPeer: limits.associationsPerPeer,
      maximumLength: limits.pduLength,
    },
    timeouts: {
      artim: limits.artimSeconds * 1000,
      idle: limits.idleSeconds * 1000,
      dimse: limits.dimseSeconds * 1000,
    },
  });
}
