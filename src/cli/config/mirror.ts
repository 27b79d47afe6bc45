/** The part of the configuration that makes a server a mirror of another. */

export interface MirrorConfig {
  /** `https://HOST[:PORT]` of the origin; absent: this is no mirror. */
  from?: string;
  /** The origin's key file. */
  keyFile?: string;
  /** The certificate that the origin knows this mirror by, and its private key. */
  cert?: string;
  key?: string;
  /** Authorities that the origin's certificate must come from; absent: the system's. */
  ca?: string;
  /** Take no more; absent: as fast as it goes. */
  megabytesPerSecond?: number;
}

const path = (description: string) => ({ type: "string", minLength: 1, maxLength: 4096, description });

export const mirrorSchema = {
  type: "object",
  description: "show a live read-only copy of another archive",
  additionalProperties: false,
  default: {},
  properties: {
    from: {
      type: "string",
      pattern: "^https://[^\\s/?#]+(/[^\\s?#]*)?$",
      maxLength: 2048,
      description: "https address of the origin; absent: this is no mirror",
    },
    keyFile: path("the origin's key file, best one that keys reader wrote"),
    cert: path("PEM file with the certificate that the origin knows this mirror by"),
    key: path("PEM file with its private key"),
    megabytesPerSecond: {
      type: "integer",
      minimum: 1,
      maximum: 10_000,
      description: "take no more; default: no limit",
    },
    ca: path("PEM file with the authorities that the origin's certificate must come from"),
  },
};

/** Complaints, one sentence each. */
export function mirrorComplaints(mirror: MirrorConfig): string[] {
  if (mirror.from === undefined)
    return Object.keys(mirror).length > 0 ? ["mirror has options but no mirror.from; name the origin."] : [];
  return (["keyFile", "cert", "key"] as const).flatMap((option) =>
    mirror[option] === undefined ? [`mirror.${option} is missing; a mirror needs it.`] : [],
  );
}
