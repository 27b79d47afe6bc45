/** ArcSight Common Event Format, version 0 (CEF Implementation Standard 26). */
import type { Sender, Summary } from "./bodies.ts";

export function cef(summary: Summary, { version }: Sender): string {
  const { technique, kind, title, risk } = summary;
  const header = ["Holdfast", "Holdfast", version, technique ?? kind, title, String(Math.round(risk * 10))];
  const extension: [string, string | number | undefined][] = [
    ["rt", summary.time],
    ["start", summary.created],
    ["externalId", summary.id],
    ["cat", `${kind}/${summary.stage}`],
    ["suser", summary.principal],
    ["src", summary.host],
    ["msg", summary.detail.join(" ")],
    ["act", summary.response],
    ["cs1", summary.incident],
    ["cs1Label", summary.incident && "incident"],
    ["cs2", summary.vendor],
    ["cs2Label", summary.vendor && "vendor"],
    ["cs3", summary.tenant],
    ["cs3Label", summary.tenant && "tenant"],
    ["cfp1", summary.risk],
    ["cfp1Label", "risk"],
  ];
  const fields = extension.flatMap(([key, value]) => (value === undefined ? [] : [`${key}=${extensionValue(value)}`]));
  return `CEF:0|${header.map(headerField).join("|")}|${fields.join(" ")}`;
}

const oneLine = (text: string): string => text.replace(/[\r\n]+/g, " ");
const headerField = (text: string): string => oneLine(text).replace(/[\\|]/g, "\\$&");
const extensionValue = (value: string | number): string =>
  String(value)
    .replace(/[\\=]/g, "\\$&")
    .replace(/\r\n?|\n/g, "\\n");
