/** Sends distinct small objects over several associations and remembers what was acknowledged. */
import { createHash, randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { explicitLittleEndian } from "../../src/dicom/index.ts";
import { associate, store } from "../../src/dimse/index.ts";
import { ctImage, dataSetBytes } from "../support/objects.ts";

export interface Acknowledged {
  /** SOP Instance UID to SHA-256 of its data set. */
  objects: Map<string, string>;
  /** Statuses other than success. */
  failures: number[];
}

export interface SendSettings {
  port: number;
  /** Prefix of the SOP Instance UIDs. */
  prefix: string;
  associations: number;
  /** Objects on each association; it stops sooner when the peer goes away. */
  count: number;
  size(index: number): number;
}

/** Resolves once so many more were acknowledged, however slow the machine is today. */
export async function acknowledging(acknowledged: Acknowledged, more: number): Promise<void> {
  const goal = acknowledged.objects.size + more;
  while (acknowledged.objects.size < goal) await sleep(2);
}

export async function send(settings: SendSettings, acknowledged: Acknowledged): Promise<void> {
  await Promise.allSettled(
    Array.from({ length: settings.associations }, (_, lane) => sendLane(settings, lane, acknowledged)),
  );
}

async function sendLane(settings: SendSettings, lane: number, acknowledged: Acknowledged): Promise<void> {
  const association = await associate({
    host: "127.0.0.1",
    port: settings.port,
    calledAeTitle: "HOLDFAST",
    callingAeTitle: `LANE${lane}`,
    contexts: [{ abstractSyntax: ctImage, transferSyntaxes: [explicitLittleEndian] }],
  });
  for (let index = 0; index < settings.count; index++) {
    const instance = `${settings.prefix}.${lane + 1}.${index + 1}`;
    const bytes = dataSetBytes({
      instance,
      study: settings.prefix,
      series: `${settings.prefix}.0`,
      pixels: randomBytes(settings.size(index)),
    });
    const dataSet = async function* () {
      yield bytes;
    };
    const outcome = await store(association, {
      sopClassUid: ctImage,
      sopInstanceUid: instance,
      transferSyntaxUid: explicitLittleEndian,
      size: bytes.length,
      dataSet,
    });
    if (outcome.status === 0) acknowledged.objects.set(instance, createHash("sha256").update(bytes).digest("hex"));
    else acknowledged.failures.push(outcome.status);
  }
  await association.release();
}
