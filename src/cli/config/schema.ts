/**
 * The published JSON Schema of `holdfast.config.json` (docs/holdfast.config.schema.json is a copy, held equal by a test).
 * Every option is described and bounded; defaults live here and nowhere else.
 */
import { personRoles, tenantPattern } from "../../gate/index.ts";
import { mirrorSchema } from "./mirror.ts";
import { responseSchema } from "./routes.ts";
import { logLevels } from "./types.ts";
import { witnessesSchema, witnessingSchema } from "./witnesses.ts";

const path = (description: string) => ({ type: "string", minLength: 1, maxLength: 4096, description });
const count = (description: string, fallback: number, minimum: number, maximum: number) => ({
  type: "integer",
  minimum,
  maximum,
  default: fallback,
  description,
});

/** PS3.5 6.2: AE is 1 to 16 characters of the default repertoire, no backslash, no control, not only spaces. */
const aeTitle = (description: string) => ({
  type: "string",
  pattern: "^(?=.*[!-\\[\\]-~])[ -\\[\\]-~]{1,16}$",
  description: `${description} (1 to 16 printable ASCII characters, no backslash)`,
});
const host = (description: string) => ({
  type: "string",
  minLength: 1,
  maxLength: 253,
  pattern: "^\\S+$",
  description,
});
const port = (description: string, minimum: number) => ({ type: "integer", minimum, maximum: 65535, description });

const listenerTls = (what: string) => ({
  type: "object",
  description: `TLS for ${what}; cert and key belong together`,
  additionalProperties: false,
  required: ["cert", "key"],
  properties: {
    cert: path("PEM file with the certificate and its chain"),
    key: path("PEM file with the private key"),
    ca: path("PEM file with the authorities that client certificates must come from"),
    clientCertificates: {
      type: "string",
      enum: ["required", "optional", "none"],
      default: "none",
      description: "whether a client must, may or need not show a certificate",
    },
  },
});

const peer = {
  type: "object",
  additionalProperties: false,
  required: ["aeTitle", "host", "port"],
  properties: {
    aeTitle: aeTitle("AE title of the peer"),
    host: host("host name or address of the peer"),
    port: port("port the peer listens on", 1),
    tls: {
      type: "object",
      description: "speak TLS to this peer",
      additionalProperties: false,
      properties: {
        ca: path("PEM file with the authorities the peer's certificate must come from"),
        cert: path("PEM file with the certificate shown to the peer"),
        key: path("PEM file with its private key"),
      },
      dependentRequired: { cert: ["key"], key: ["cert"] },
    },
  },
};

const view = {
  type: "object",
  additionalProperties: false,
  required: ["aeTitle", "asOf"],
  properties: {
    aeTitle: aeTitle("AE title under which the past is shown"),
    asOf: {
      type: "string",
      pattern: "^(\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?(Z|[+-]\\d\\d:\\d\\d)|\\d{1,6}[mhd])$",
      maxLength: 64,
      description: "as of when: an RFC 3339 time, or minutes, hours or days before each operation (30m, 24h, 7d)",
    },
  },
};

const oidc = {
  type: "object",
  description: "logins by an OpenID Connect provider; publicUrl + /api/v1/oidc/callback is its redirect URI",
  additionalProperties: false,
  properties: {
    issuer: { type: "string", pattern: "^https?://[^\\s]+$", maxLength: 2048, description: "address of the provider" },
    clientId: { type: "string", minLength: 1, maxLength: 256, description: "name of this archive at the provider" },
    clientSecretFile: path("file with the client's secret; absent: a public client"),
    scope: { type: "string", default: "openid profile", maxLength: 1024, description: "what is asked for" },
    claim: {
      type: "string",
      default: "groups",
      maxLength: 256,
      description: "claim that lists groups; dots lead into objects",
    },
    roles: {
      type: "array",
      default: [],
      maxItems: 1000,
      description: "which value of the claim gives which role, and in which tenant",
      items: {
        type: "object",
        additionalProperties: false,
        required: ["value", "role"],
        properties: {
          value: { type: "string", minLength: 1, maxLength: 256, description: "value of the claim" },
          role: { type: "string", enum: [...personRoles], description: "the role it gives" },
          tenant: {
            type: "string",
            pattern: tenantPattern.source,
            description: "the clinic; the default one when absent",
          },
        },
      },
    },
  },
  dependentRequired: { issuer: ["clientId"], clientId: ["issuer"] },
};

const replica = {
  type: "object",
  additionalProperties: false,
  required: ["to"],
  properties: {
    to: path("s3://BUCKET/PREFIX with Object Lock, or a folder on another disk or machine"),
    endpoint: { type: "string", pattern: "^https?://", maxLength: 2048, description: "an S3 other than Amazon's" },
    region: { type: "string", minLength: 1, maxLength: 64, description: "region of the bucket" },
    credentialsFile: path(
      "JSON file with accessKeyId and secretAccessKey; default: as the AWS SDK finds them. They need no right to delete",
    ),
    retentionDays: count("days that each thing written stays locked, whoever asks", 365, 1, 36_500),
    megabytesPerSecond: count("upload no faster", 10_000, 1, 10_000),
    alarmMinutes: count("alarm when it has not held everything for so long", 15, 1, 10_080),
  },
};

const limits = {
  type: "object",
  description: "bounds on what peers may ask of the DICOM side",
  additionalProperties: false,
  default: {},
  properties: {
    associations: count("associations open at once, all peers together", 64, 1, 4096),
    associationsPerPeer: count("associations open at once from one host", 16, 1, 4096),
    pduLength: count("longest PDU taken, bytes", 131_072, 4096, 16_777_216),
    artimSeconds: count("ARTIM timer of the upper layer (PS3.8 9.1.5), seconds", 10, 1, 300),
    idleSeconds: count("association without any message, seconds", 300, 1, 86_400),
    dimseSeconds: count("wait for the rest of a message or for a response, seconds", 60, 1, 3600),
    objectBytes: count("largest object taken, bytes", 4_294_967_296, 1024, 1_099_511_627_776),
  },
};

const behaviour = {
  type: "object",
  description: "the behaviour engine that watches this archive",
  additionalProperties: false,
  default: {},
  properties: {
    live: { type: "boolean", default: true, description: "assess every access as it happens" },
    alertsPerWeek: count("false alerts a week that are acceptable", 1, 1, 1000),
    canaries: {
      type: "array",
      description: "SHA-256 (hex) of patient ids and UIDs that nobody has a reason to touch",
      items: { type: "string", pattern: "^[0-9a-fA-F]{64}$" },
      maxItems: 1000,
      default: [],
    },
  },
};

export const configSchema = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  $id: "holdfast.config.schema.json",
  title: "Holdfast configuration",
  type: "object",
  additionalProperties: false,
  properties: {
    $schema: { type: "string", description: "lets an editor find this schema; not used otherwise" },
    data: { ...path("folder of the archive"), default: "data" },
    host: { ...host("address both listeners bind to"), default: "127.0.0.1" },
    dicomPort: { ...port("DICOM port; 0 picks a free one", 0), default: 11112 },
    httpPort: { ...port("HTTP port; 0 picks a free one", 0), default: 8080 },
    aeTitle: { ...aeTitle("own AE title"), default: "HOLDFAST" },
    keyFile: path(
      "file with the archive's keys, outside the data folder; default: ~/.config/holdfast/ARCHIVE.key.json",
    ),
    tls: {
      type: "object",
      description: "certificates per listener",
      additionalProperties: false,
      default: {},
      properties: { dicom: listenerTls("DICOM"), http: listenerTls("HTTP") },
    },
    peers: {
      type: "array",
      description: "known DICOM peers: who may associate beyond loopback, and where C-MOVE may send to",
      maxItems: 10_000,
      default: [],
      items: peer,
    },
    views: {
      type: "array",
      description: "further AE titles of our own, each showing the archive as it was: C-FIND, C-MOVE and C-GET only",
      maxItems: 1000,
      default: [],
      items: view,
    },
    oidc,
    response: responseSchema,
    replicas: {
      type: "array",
      description: "where everything is copied to continuously, to be restored from when this machine is gone",
      maxItems: 16,
      default: [],
      items: replica,
    },
    witnesses: witnessesSchema,
    witness: witnessingSchema,
    mirror: mirrorSchema,
    limits,
    behaviour,
    acceptUnknownSopClasses: {
      type: ["string", "array"],
      description: 'SOP class UIDs stored beside the standard\'s storage classes, or "all"',
      if: { type: "string" },
      // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
      then: { const: "all" },
      items: { type: "string", pattern: "^(?=.{1,64}$)(0|[1-9][0-9]*)(\\.(0|[1-9][0-9]*))+$" },
      maxItems: 1000,
      default: [],
    },
    compression: {
      type: "string",
      enum: ["auto", "always", "off"],
      default: "auto",
      description: "compress stored bytes where it pays, always, or never; always byte-reversible",
    },
    retentionDays: count("days that the bytes behind a deletion stay, whoever asks", 3650, 0, 36_500),
    erasureDelayDays: count("days between the confirmation of an erasure and the destruction of the keys", 14, 1, 3650),
    publicUrl: {
      type: "string",
      pattern: "^https?://[^\\s/?#]+(/[^\\s?#]*)?$",
      maxLength: 2048,
      description: "address clients reach the HTTP side at, for Retrieve URLs behind a proxy",
    },
    logLevel: { type: "string", enum: [...logLevels], default: "info", description: "least severe line logged" },
    insecureNetwork: {
      type: "boolean",
      default: false,
      description: "allow listening beyond loopback without TLS and known peers",
    },
  },
};
