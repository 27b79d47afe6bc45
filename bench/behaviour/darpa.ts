/** DARPA 1998 as an edge stream. Labels are kept here, for the scorer; the engine gets a file without them. */
import { createReadStream, createWriteStream } from "node:fs";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { finished } from "node:stream/promises";
import { openPromise } from "yauzl";

export interface EdgeStream {
  sources: Uint32Array;
  targets: Uint32Array;
  /** Minutes, the first edge's being 1. */
  ticks: Uint32Array;
  labels: Uint8Array;
  labelNames: string[];
  names: number;
}

/** Attacks by number: they flood, or they sweep. All other attacks are the hard ones. */
export const floodsAndScans = new Set([
  ...["neptune", "neptunettl", "smurf", "smurfttl", "pod", "teardrop", "land", "udpstorm", "back", "apache2"],
  ...[
    "mailbomb",
    "processtable",
    "satan",
    "mscan",
    "saint",
    "ipsweep",
    "portsweep",
    "nmap",
    "snmpguess",
    "snmpgetattack",
  ],
]);

/** Unpacks the only CSV of the archive, writes it without its labels to `unlabelled`, and returns it with them. */
export async function readDarpa(zip: string, unlabelled: string): Promise<EdgeStream> {
  const size = 5_000_000;
  const stream: EdgeStream = {
    sources: new Uint32Array(size),
    targets: new Uint32Array(size),
    ticks: new Uint32Array(size),
    labels: new Uint8Array(size),
    labelNames: ["-"],
    names: 0,
  };
  const ids = new Map<string, number>();
  const id = (name: string) => {
    const found = ids.get(name);
    if (found !== undefined) return found;
    ids.set(name, ids.size);
    return ids.size - 1;
  };
  const labelIds = new Map([["-", 0]]);
  const out = createWriteStream(unlabelled, { highWaterMark: 4 * 1024 * 1024 });
  let count = 0;
  for await (const line of createInterface({ input: await unpacked(zip) })) {
    const [source = "", target = "", time = "", label = "-"] = line.split(",");
    stream.sources[count] = id(source);
    stream.targets[count] = id(target);
    stream.ticks[count] = minuteOf(time);
    let labelId = labelIds.get(label);
    if (labelId === undefined) {
      labelId = labelIds.size;
      labelIds.set(label, labelId);
      stream.labelNames.push(label);
    }
    stream.labels[count++] = labelId;
    if (!out.write(`${source},${target},${isoMinute(time)}\n`))
      await new Promise<void>((done) => out.once("drain", () => done()));
  }
  await finished(out.end());
  stream.names = ids.size;
  for (const key of ["sources", "targets", "ticks"] as const) stream[key] = stream[key].subarray(0, count);
  stream.labels = stream.labels.subarray(0, count);
  const first = stream.ticks[0]! - 1;
  stream.ticks = stream.ticks.map((tick) => tick - first);
  return stream;
}

/** `MM/DD/YYYY-hh:mm`; the file once has 07/32, which rolls over. */
function parts(time: string): number {
  const [month = 1, day = 1, year = 1970, hours = 0, minutes = 0] = time.split(/[/\-:]/).map(Number);
  return Date.UTC(year, month - 1, day, hours, minutes);
}

function minuteOf(time: string): number {
  return Math.round(parts(time) / 60_000);
}

function isoMinute(time: string): string {
  return `${new Date(parts(time)).toISOString().slice(0, 16)}Z`;
}

async function unpacked(path: string): Promise<Readable> {
  if (path.endsWith(".csv")) return createReadStream(path);
  const zip = await openPromise(path, { autoClose: true, decodeStrings: false, validateEntrySizes: true });
  for await (const entry of zip.eachEntry()) {
    if (entry.fileName.toString("latin1").endsWith(".csv")) return zip.openReadStreamPromise(entry);
  }
  throw new Error(`${path} holds no CSV file`);
}
