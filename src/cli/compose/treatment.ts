/** Keeps the gate's list of patients on treatment as the catalogue has it. */
import type { OpenArchive } from "../../archive/index.ts";
import { codeOf } from "../../core/index.ts";
import type { Gate } from "../../gate/index.ts";

/** ms. A plan that was stored since is missed for so long. */
const refreshEvery = 60_000;

/** The list is there when this resolves. A refresh that fails leaves it as it was. */
export async function followTreatment(
  archive: Pick<OpenArchive, "patientsOnTreatment">,
  gate: Pick<Gate, "onTreatment">,
  onTrouble: (code: string) => void,
): Promise<AsyncDisposable> {
  const refresh = async () => gate.onTreatment.replace(await archive.patientsOnTreatment());
  const quietly = () => refresh().catch((error) => onTrouble(codeOf(error)));
  await quietly();
  let running: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    running = running.then(quietly);
  }, refreshEvery).unref();
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await running;
    },
  };
}
