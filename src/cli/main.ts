/** Entry of `npx holdfast`. */
import { processEnvironment } from "./program/environment.ts";
import { runCommandLine } from "./program/run.ts";

process.exitCode = await runCommandLine(process.argv.slice(2), processEnvironment());
