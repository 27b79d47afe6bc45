#!/usr/bin/env -S node --max-semi-space-size=4
// Starts the command line on Node 24 or later. An older system Node hands over to the one the `node` package brought.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import module from "node:module";
import { fileURLToPath } from "node:url";
import v8 from "node:v8";

const wanted = 24;
const own = fileURLToPath(new URL("../node_modules/node/bin/node", import.meta.url));
const main = new URL("../src/cli/main.ts", import.meta.url);
// Compiled code is kept between starts, in all threads: a faster start and no compiler in memory. The folder is ours:
// one that others can write to would let them choose what runs here.
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL("../node_modules/.cache/holdfast", import.meta.url));

if (Number.parseInt(process.versions.node, 10) >= wanted) {
  // Several threads with little in their heaps and much passing through: heaps that grow fast cost more than they gain.
  // The main thread's heap is made before this line: its young generation is bounded by the first line of this file.
  v8.setFlagsFromString("--max-semi-space-size=4");
  v8.setFlagsFromString("--heap-growing-percent=50");
  module.enableCompileCache(process.env.NODE_COMPILE_CACHE);
  await import(main.href);
} else if (existsSync(own)) {
  const child = spawn(own, ["--max-semi-space-size=4", fileURLToPath(main), ...process.argv.slice(2)], {
    stdio: "inherit",
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("exit", (code, signal) => process.exit(code ?? (signal ? 3 : 0)));
} else {
  process.stderr.write(
    `holdfast needs Node ${wanted} or later (this is ${process.versions.node}); run npm ci to install it here.\n`,
  );
  process.exit(3);
}
