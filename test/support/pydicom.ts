/** pydicom as a second opinion, where Python has it. */
import { execFileSync } from "node:child_process";
import { need } from "./need.ts";

/** The first Python with pydicom: the one in PATH, else the system's (Debian's python3-pydicom). */
function interpreter(): string | undefined {
  return ["python3", "/usr/bin/python3"].find((candidate) => {
    try {
      execFileSync(candidate, ["-c", "import pydicom"], { stdio: "ignore" });
      return true;
    } catch {
      return false;
    }
  });
}

const program = interpreter();

/** `false` when pydicom is there, else the reason to skip; see `need`. */
export function needPydicom(): false | string {
  return program ? false : need("pydicom");
}

/** Runs a script; gives what it prints. */
export function python(script: string, ...values: string[]): string {
  return execFileSync(program!, ["-c", script, ...values], { encoding: "utf8", maxBuffer: 2 ** 28 });
}
