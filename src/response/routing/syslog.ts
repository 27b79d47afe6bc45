/**
 * Syslog (RFC 5424) over TLS with octet counting (RFC 5425). Syslog has no acknowledgement; a connection for each
 * message, closed in order by both sides, is the nearest to one, and alerts are few.
 */
import { connect } from "node:tls";
import { HoldfastError, rfc3339 } from "../../core/index.ts";
import { auditMessage } from "./audit-message.ts";
import { type Sender, type Summary, summaryOf } from "./bodies.ts";
import { cef } from "./cef.ts";
import type { Destination } from "./destination.ts";
import { detectionFinding } from "./ocsf.ts";

export const syslogBodies = ["cef", "dicom-audit", "ocsf"] as const;

export interface SyslogOptions {
  host: string;
  port: number;
  body: (typeof syslogBodies)[number];
  /** PEM. Absent `ca`: the system's authorities. */
  tls: { ca?: Buffer; cert?: Buffer; key?: Buffer };
}

/** For the connection, and for a message to leave, ms. */
const patience = 10_000;
/** 10: security/authorization (RFC 5424 table 1). */
const facility = 10;

export function syslogDestination(options: SyslogOptions, sender: Sender): Destination {
  return {
    async send(happening) {
      const message = Buffer.from(syslogMessage(summaryOf(happening), options.body, sender));
      await exchange(options, Buffer.concat([Buffer.from(`${message.length} `), message]));
    },
    close() {},
  };
}

/** HEADER SP STRUCTURED-DATA SP MSG (RFC 5424 6). */
export function syslogMessage(summary: Summary, body: SyslogOptions["body"], sender: Sender): string {
  const severity = summary.risk >= 0.9 ? 2 : summary.risk >= 0.75 ? 3 : 4; // critical, error, warning
  const [messageId, text] = contentOf(summary, body, sender);
  const hostname = sender.hostname.replace(/[^!-~]/g, "").slice(0, 255) || "-";
  return `<${facility * 8 + severity}>1 ${rfc3339(summary.time)} ${hostname} holdfast - ${messageId} - ${text}`;
}

function contentOf(summary: Summary, body: SyslogOptions["body"], sender: Sender): [messageId: string, text: string] {
  // The mark says that the text is UTF-8 (RFC 5424 6.4); PS3.15 A.6 names the message "DICOM+RFC3881".
  if (body === "dicom-audit") return ["DICOM+RFC3881", `\uFEFF${auditMessage(summary, sender)}`];
  if (body === "ocsf") return ["OCSF", JSON.stringify(detectionFinding(summary, sender))];
  return ["CEF", cef(summary, sender)];
}

/** Resolves when the receiver has closed its side behind ours (RFC 5425 4.4). */
function exchange({ host, port, tls }: SyslogOptions, bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, ...tls, minVersion: "TLSv1.2" });
    const late = setTimeout(() => socket.destroy(new HoldfastError("request/timeout")), patience);
    let ended = false;
    socket.once("secureConnect", () => socket.end(bytes));
    socket.resume(); // a receiver has nothing to say
    socket.once("end", () => {
      ended = socket.writableFinished;
    });
    socket.once("error", reject);
    socket.once("close", (failed) => {
      clearTimeout(late);
      if (ended && !failed) resolve();
      else reject(new HoldfastError("association/connect"));
    });
  });
}
