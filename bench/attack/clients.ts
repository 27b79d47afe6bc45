/** Real clients: DCMTK and curl, each run to its end. */
import { execFile } from "node:child_process";

export interface Ran {
  ok: boolean;
  /** ms. */
  took: number;
}

export function run(command: string, words: string[]): Promise<Ran> {
  const start = performance.now();
  return new Promise((resolve) => {
    execFile(command, words, { timeout: 20_000 }, (error) => resolve({ ok: !error, took: performance.now() - start }));
  });
}

export const storescu = (title: string, port: number, file: string): Promise<Ran> =>
  run("storescu", ["-aet", title, "-aec", "HOLDFAST", "127.0.0.1", String(port), file]);

export const getscu = (title: string, port: number, study: string, out: string): Promise<Ran> =>
  run("getscu", [
    ...["-S", "-aet", title, "-aec", "HOLDFAST", "-od", out, "-k", "QueryRetrieveLevel=STUDY"],
    ...["-k", `StudyInstanceUID=${study}`, "127.0.0.1", String(port)],
  ]);

const quiet = ["-s", "-S", "-f", "-A", "curl", "-o"];

export const curl = (token: string, url: string, out: string, ...words: string[]): Promise<Ran> =>
  run("curl", [...quiet, out, "-H", `Authorization: Bearer ${token}`, ...words, url]);

export const stow = (token: string, base: string, body: string): Promise<Ran> =>
  curl(
    token,
    `${base}/dicom-web/studies`,
    "/dev/null",
    "-X",
    "POST",
    "-H",
    'Content-Type: multipart/related; type="application/dicom"; boundary=cut',
    "--data-binary",
    `@${body}`,
  );
