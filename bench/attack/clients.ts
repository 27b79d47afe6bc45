/** Real clients: DCMTK and curl, each run to its end. */
import { execFile } from "node:child_process";

export interface Ran {
  ok: boolean;
  /** ms: of curl the request alone, of DCMTK the whole program. */
  took: number;
}

function run(command: string, words: string[], tookOf?: (output: string) => number): Promise<Ran> {
  const start = performance.now();
  return new Promise((resolve) => {
    execFile(command, words, { timeout: 20_000 }, (error, output) => {
      const told = tookOf?.(output);
      resolve({ ok: !error, took: told !== undefined && told > 0 ? told : performance.now() - start });
    });
  });
}

const peer = (title: string, port: number): string[] => ["-aet", title, "-aec", "HOLDFAST", "127.0.0.1", String(port)];
const level = (study: string): string[] => ["-S", "-k", "QueryRetrieveLevel=STUDY", "-k", `StudyInstanceUID=${study}`];

export const echoscu = (title: string, port: number): Promise<Ran> => run("echoscu", peer(title, port));

export const storescu = (title: string, port: number, file: string): Promise<Ran> =>
  run("storescu", [...peer(title, port), file]);

export const findscu = (title: string, port: number, study: string): Promise<Ran> =>
  run("findscu", [...level(study), "-k", "PatientName", ...peer(title, port)]);

export const getscu = (title: string, port: number, study: string, out: string): Promise<Ran> =>
  run("getscu", [...level(study), "-od", out, ...peer(title, port)]);

/** To a port of its own. */
export const movescu = (title: string, port: number, study: string, out: string, own: number): Promise<Ran> =>
  run("movescu", [...level(study), "-aem", title, "+P", String(own), "-od", out, ...peer(title, port)]);

const seconds = (output: string): number => Number(output) * 1000;

export const curl = (token: string | undefined, url: string, out: string, ...words: string[]): Promise<Ran> => {
  const asked = token === undefined ? [] : ["-H", `Authorization: Bearer ${token}`];
  return run(
    "curl",
    ["-s", "-S", "-f", "-A", "curl", "-w", "%{time_total}", "-o", out, ...asked, ...words, url],
    seconds,
  );
};

export const remove = (token: string, url: string): Promise<Ran> => curl(token, url, "/dev/null", "-X", "DELETE");

export const stow = (token: string, base: string, body: string): Promise<Ran> => {
  const type = 'Content-Type: multipart/related; type="application/dicom"; boundary=cut';
  return curl(token, `${base}/dicom-web/studies`, "/dev/null", "-X", "POST", "-H", type, "--data-binary", `@${body}`);
};

export const wado = (token: string, url: string, out: string): Promise<Ran> =>
  curl(token, url, out, "-H", 'Accept: multipart/related; type="application/dicom"; transfer-syntax=*');
