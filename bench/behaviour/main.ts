/**
 * `npm run bench:behaviour`: the public edge-stream benchmark, or the simulated clinic; without a name the first, then
 * the second in short.
 *
 *     npm run bench:behaviour -- [edges] [--data FILE] [--json] [--types]
 *     npm run bench:behaviour -- clinic [--quick] ...
 */
const [name] = process.argv.slice(2);
if (name === "clinic") await import("./clinic/main.ts");
else {
  if (name === "edges") process.argv.splice(2, 1);
  const isBare = process.argv.length === 2;
  await import("./edges.ts");
  if (isBare) {
    process.argv.push("clinic", "--quick");
    await import("./clinic/main.ts");
  }
}
