/**
 * `npm run bench:behaviour -- [edges|clinic|latency|report]... [options]`: what the behaviour engine finds and what it costs. Words
 * choose the parts; without any, all run, the clinic in short. Options go to the one part chosen.
 *
 *     edges    the public edge stream (--data FILE, --alone, --json, --types)
 *     clinic   the simulated clinic (--quick and others: clinic/main.ts)
 *     latency  time an event takes in process (--days N)
 *     report   the whole report of the clinic in parts (--folder FOLDER and others: report.ts); only by its name
 */
const parts = {
  edges: () => import("./edges.ts"),
  clinic: () => import("./clinic/main.ts"),
  latency: () => import("./latency.ts"),
  report: () => import("./report.ts"),
};
/** Hours of work, and families that nobody should look at often: only by its name. */
const onDemand = ["report"];
type Part = keyof typeof parts;

const given = process.argv.slice(2);
const firstOption = given.findIndex((word) => word.startsWith("-"));
const words = firstOption < 0 ? given : given.slice(0, firstOption);
const options = given.slice(words.length);
const unknown = words.find((word) => !(word in parts));
if (options.includes("--help")) process.stdout.write(usage());
else if (unknown !== undefined) fail(`no part ${unknown}\n${usage()}`);
else if (words.length !== 1 && options.length > 0) fail(`name one part for ${options[0]}\n${usage()}`);
else await run();

async function run(): Promise<void> {
  const chosen = (words.length > 0 ? words : Object.keys(parts).filter((part) => !onDemand.includes(part))) as Part[];
  const isAlone = words.length === 1;
  for (const part of chosen) {
    const own = part === "clinic" && !isAlone ? ["--quick"] : options;
    process.argv.splice(2, Number.POSITIVE_INFINITY, part, ...own);
    await parts[part]();
  }
}

function usage(): string {
  return "bench:behaviour [edges|clinic|latency|report]... [options]; without a word all, the clinic in short\n";
}

function fail(message: string): void {
  process.stderr.write(message);
  process.exitCode = 2;
}
