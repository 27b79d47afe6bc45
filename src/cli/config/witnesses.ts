/** The part of the configuration about witnesses: who cosigns our checkpoints, and whose we cosign. */
import { algorithms, parseVerifier } from "../../vault/index.ts";

export interface WitnessConfig {
  /** Where `/add-checkpoint` is asked below. */
  url: string;
  /** Verifier key, as the witness printed it. */
  key: string;
  ca?: string;
}

/** This Holdfast as a witness for others, under /witness. */
export interface WitnessingConfig {
  name?: string;
  logs: string[];
}

const key = (description: string) => ({
  type: "string",
  pattern: "^[^\\s+]+\\+[0-9a-f]{8}\\+[A-Za-z0-9+/=]{44,}$",
  maxLength: 512,
  description,
});

export const witnessesSchema = {
  type: "array",
  description: "who cosigns every checkpoint, so that rewriting history shows even when this archive's key is stolen",
  maxItems: 16,
  default: [],
  items: {
    type: "object",
    additionalProperties: false,
    required: ["url", "key"],
    properties: {
      url: { type: "string", pattern: "^https?://[^\\s?#]+$", maxLength: 2048, description: "address of the witness" },
      key: key("verifier key that the witness printed at its start"),
      ca: {
        type: "string",
        minLength: 1,
        maxLength: 4096,
        description: "PEM file with the authorities that its certificate must come from",
      },
    },
  },
};

export const witnessingSchema = {
  type: "object",
  description: "be a witness for other archives, under /witness",
  additionalProperties: false,
  default: {},
  properties: {
    name: {
      type: "string",
      pattern: "^[^\\s+]+$",
      maxLength: 128,
      description: "name of this witness, as a URL without scheme; absent: it is none",
    },
    logs: {
      type: "array",
      description: "verifier keys of the archives witnessed (holdfast witness log-key)",
      maxItems: 1000,
      default: [],
      items: key("verifier key of an archive"),
    },
  },
};

/** Complaints, one sentence each. */
export function witnessComplaints(witnesses: WitnessConfig[], { name, logs }: WitnessingConfig): string[] {
  const names = new Set<string>();
  return [
    ...witnesses.flatMap(({ key }, index) => {
      const witness = parsed(key, "cosignature");
      if (!witness) return [`witnesses[${index}].key is no key of a witness; copy what it printed at its start.`];
      if (!names.has(witness.name)) return names.add(witness.name) && [];
      return [`witnesses[${index}] is there twice; remove one.`];
    }),
    ...logs.flatMap((log, index) =>
      parsed(log, "ed25519") ? [] : [`witness.logs[${index}] is no key of an archive; see holdfast witness log-key.`],
    ),
    ...(name === undefined && logs.length > 0 ? ["witness.logs is set without witness.name."] : []),
    ...(name !== undefined && logs.length === 0
      ? ["witness.name is set without witness.logs: it would witness nothing."]
      : []),
  ];
}

function parsed(text: string, algorithm: keyof typeof algorithms) {
  try {
    return parseVerifier(text, algorithms[algorithm]);
  } catch {
    return undefined;
  }
}
