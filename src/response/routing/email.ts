/** Email over SMTP. */
import { createTransport } from "nodemailer";
import { rfc3339 } from "../../core/index.ts";
import { type Sender, type Summary, summaryOf } from "./bodies.ts";
import type { Destination } from "./destination.ts";

export interface EmailOptions {
  host: string;
  port: number;
  /** `implicit` from the first byte (port 465), `starttls` required, or none. */
  tls: "implicit" | "starttls" | "none";
  ca?: Buffer;
  auth?: { user: string; pass: string };
  from: string;
  to: string[];
}

const patience = 10_000;

export function emailDestination(options: EmailOptions, sender: Sender): Destination {
  const { host, port, tls, ca, auth, from, to } = options;
  const transport = createTransport({
    host,
    port,
    secure: tls === "implicit",
    requireTLS: tls === "starttls",
    ignoreTLS: tls === "none",
    ...(ca ? { tls: { ca } } : {}),
    ...(auth ? { auth } : {}),
    connectionTimeout: patience,
    greetingTimeout: patience,
    socketTimeout: patience,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return {
    async send(happening) {
      const summary = summaryOf(happening);
      await transport.sendMail({
        from,
        to,
        subject: `[Holdfast] ${summary.title}`.replace(/\p{Cc}/gu, " "),
        text: textOf(summary),
        messageId: `<${summary.id}.${summary.seq}@${sender.hostname}>`,
        ...(summary.incident === undefined ? {} : { references: `<${summary.incident}@${sender.hostname}>` }),
      });
    },
    close: () => transport.close(),
  };
}

function textOf(summary: Summary): string {
  const { title, detail, risk, response, incident, id, time } = summary;
  return [
    `${title}.`,
    "",
    ...detail.map((line) => `- ${line}`),
    "",
    `Risk ${risk.toFixed(2)}; ${response}.`,
    `${rfc3339(time)}, ${summary.kind} ${id}${incident === undefined ? "" : `, incident ${incident}`}`,
    "",
  ].join("\n");
}
