/**
 * Memory of both engines under a million entities, adversarially new, as the process holds it and as the engines tell:
 * `node bench/behaviour/memory.ts [entities]`.
 */
import { spawnSync } from "node:child_process";
import { setTimeout } from "node:timers/promises";
import { EdgeEngine, EventEngine, type Hash64, hashText } from "../../src/behaviour/index.ts";
import { everNew } from "./ever-new.ts";

const entities = Number(process.argv[2] ?? 1_000_000);
const collect = (globalThis as { gc?: () => void }).gc ?? (() => {});
/** Bytes; buffers that were given up are freed by another thread, a little later. */
const held = async (): Promise<number> => {
  collect();
  await setTimeout(500);
  collect();
  const { heapUsed, external, arrayBuffers } = process.memoryUsage();
  return heapUsed + Math.max(external, arrayBuffers);
};
const megabytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(0)} MiB`;

/** @returns milliseconds, bytes held by the process, and bytes as the engine tells */
async function events(tenants: number): Promise<[number, number, number]> {
  const before = await held();
  const began = performance.now();
  const engine = new EventEngine();
  for (let i = 0; i < entities; i++) engine.assess(everNew(i, tenants), i);
  const took = performance.now() - began;
  return [took, (await held()) - before, engine.bytes];
}

async function edges(): Promise<[number, number]> {
  const before = await held();
  const began = performance.now();
  const engine = new EdgeEngine({});
  const [source, target] = [0, 1].map((): Hash64 => ({ high: 0, low: 0 })) as [Hash64, Hash64];
  for (let i = 0; i < entities; i++) {
    hashText(`source${i}`, 1, source);
    hashText(`target${i}`, 1, target);
    engine.observe(source, target, i, i);
  }
  const took = performance.now() - began;
  const all = (await held()) - before;
  engine.observe(source, target, entities, entities); // still in use, so it has been counted
  return [took, all];
}

/** Each case has a process of its own, so that none counts another's leavings. */
const cases: Record<string, () => Promise<string>> = {
  "1": () => eventsText(1),
  "40": () => eventsText(40),
  edges: async () => {
    const [took, all] = await edges();
    return `edges, ${entities} new sources and targets: the process holds ${megabytes(all)}; ${((1_000 * took) / entities).toFixed(1)} µs each`;
  },
};

async function eventsText(tenants: number): Promise<string> {
  const [took, all, told] = await events(tenants);
  const what = `events, ${entities} new users, hosts, patients and studies in ${tenants} tenants`;
  return `${what}: the process holds ${megabytes(all)}, the engine tells ${megabytes(told)}; ${((1_000 * took) / entities).toFixed(0)} µs each`;
}

const chosen = process.argv[3];
if (chosen) process.stdout.write(`${await cases[chosen]!()}\n`);
else
  for (const name of Object.keys(cases))
    spawnSync(process.execPath, ["--expose-gc", import.meta.filename, String(entities), name], { stdio: "inherit" });
