/** A certificate authority of a test's own, in a folder: `ca.pem`, and NAME.pem and NAME.key for each it certifies. */
import { execFileSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface Authority {
  ca: string;
  /** For 127.0.0.1 and localhost. @returns the certificate's SHA-256, hex */
  certify(name: string): { cert: string; key: string; fingerprint: string };
}

/** Needs openssl. */
export function authorityIn(folder: string): Authority {
  const openssl = (...words: string[]) => execFileSync("openssl", words, { cwd: folder, stdio: "pipe" });
  const request = (name: string) => ["-newkey", "rsa:2048", "-nodes", "-keyout", `${name}.key`, "-subj", `/CN=${name}`];
  openssl("req", "-x509", ...request("ca"), "-out", "ca.pem", "-days", "2");
  writeFileSync(join(folder, "san.cnf"), "subjectAltName=DNS:localhost,IP:127.0.0.1\n");
  const by = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-extfile", "san.cnf", "-days", "2"];
  return {
    ca: join(folder, "ca.pem"),
    certify(name) {
      openssl("req", ...request(name), "-out", `${name}.csr`);
      openssl("x509", "-req", "-in", `${name}.csr`, "-out", `${name}.pem`, ...by);
      const [cert, key] = [join(folder, `${name}.pem`), join(folder, `${name}.key`)];
      const { fingerprint256 } = new X509Certificate(readFileSync(cert));
      return { cert, key, fingerprint: fingerprint256.replaceAll(":", "").toLowerCase() };
    },
  };
}
