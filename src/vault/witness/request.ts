/** The body of C2SP tlog-witness add-checkpoint: `old SIZE`, proof lines, an empty line, the checkpoint. */
const mostHashes = 63;

export interface AddCheckpoint {
  /** Size of the checkpoint that the proof begins from. */
  old: number;
  proof: Buffer[];
  note: string;
}

export function encodeAddCheckpoint({ old, proof, note }: AddCheckpoint): string {
  return `old ${old}\n${proof.map((hash) => `${hash.toString("base64")}\n`).join("")}\n${note}`;
}

/** Undefined when it is malformed. */
export function decodeAddCheckpoint(body: string): AddCheckpoint | undefined {
  const split = body.indexOf("\n\n");
  if (split < 0) return undefined;
  const [first, ...hashes] = body.slice(0, split).split("\n");
  const old = /^old (0|[1-9]\d{0,14})$/.exec(first ?? "")?.[1];
  const proof = hashes.map((line) => Buffer.from(line, "base64"));
  const sound = proof.every((hash, index) => hash.length === 32 && hash.toString("base64") === hashes[index]);
  if (old === undefined || !sound || proof.length > mostHashes) return undefined;
  return { old: Number(old), proof, note: body.slice(split + 2) };
}
