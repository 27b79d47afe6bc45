/** MITRE ATT&CK (Enterprise, v16): names of the techniques that the engine suggests, and where they are described. */
import { make } from "../dom.js";

export const techniques = {
  "T1027.009": "Embedded Payloads",
  T1046: "Network Service Discovery",
  T1048: "Exfiltration Over Alternative Protocol",
  T1070: "Indicator Removal",
  "T1070.006": "Timestomp",
  T1078: "Valid Accounts",
  T1083: "File and Directory Discovery",
  T1098: "Account Manipulation",
  T1110: "Brute Force",
  T1213: "Data from Information Repositories",
  T1485: "Data Destruction",
  T1486: "Data Encrypted for Impact",
  T1490: "Inhibit System Recovery",
  T1498: "Network Denial of Service",
  T1499: "Endpoint Denial of Service",
  T1530: "Data from Cloud Storage",
  "T1562.001": "Disable or Modify Tools",
  "T1562.008": "Disable or Modify Cloud Logs",
  T1565: "Data Manipulation",
  "T1565.001": "Stored Data Manipulation",
};

export const techniqueName = (id) => techniques[id] ?? id;

/** A link that is followed by whoever wants it; the page itself asks nothing of anybody else. */
export function techniqueLink(id) {
  const path = id.replace(".", "/");
  if (!/^T\d{4}(?:\/\d{3})?$/.test(path)) return make("span", {}, id);
  const href = `https://attack.mitre.org/techniques/${path}/`;
  return make("a", { href, target: "_blank", rel: "noreferrer noopener" }, `${techniqueName(id)} (${id})`);
}
