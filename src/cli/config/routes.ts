/** The part of the configuration that says where alerts go: schema and what it cannot say. */

export interface RouteConfig {
  name: string;
  type: "syslog" | "webhook" | "email";
  leastRisk: number;
  host?: string;
  port?: number;
  body: "cef" | "dicom-audit" | "ocsf";
  url?: string;
  /** File with the secret that signs webhooks, or the password of the mail account. */
  secretFile?: string;
  allowPrivate: boolean;
  tls: "implicit" | "starttls" | "none";
  ca?: string;
  cert?: string;
  key?: string;
  user?: string;
  from?: string;
  to: string[];
}

const text = (description: string, maxLength = 256) => ({ type: "string", minLength: 1, maxLength, description });

export const responseSchema = {
  type: "object",
  description: "what follows from what the behaviour engine finds",
  additionalProperties: false,
  default: {},
  properties: {
    policy: text("policy file, JSON or YAML (docs/response.md); absent: the one that comes with Holdfast", 4096),
    routes: {
      type: "array",
      description: "where alerts are sent: syslog, webhook or email (docs/response.md)",
      maxItems: 32,
      default: [],
      items: {
        type: "object",
        additionalProperties: false,
        required: ["name", "type"],
        properties: {
          name: { ...text("unique and lasting: what was delivered is remembered by it", 64), pattern: "^[a-z0-9-]+$" },
          type: { type: "string", enum: ["syslog", "webhook", "email"], description: "how" },
          leastRisk: { type: "number", minimum: 0, maximum: 1, default: 0.5, description: "alerts below stay here" },
          host: text("syslog or mail server"),
          port: { type: "integer", minimum: 1, maximum: 65535, description: "default: 6514 for syslog, 465 for email" },
          body: {
            type: "string",
            enum: ["cef", "dicom-audit", "ocsf"],
            default: "cef",
            description: "what a syslog message holds",
          },
          url: text("https address of a webhook", 2048),
          secretFile: text("file with a webhook's secret (16 bytes or more) or a mail account's password", 4096),
          allowPrivate: { type: "boolean", default: false, description: "a webhook may be on this network" },
          tls: {
            type: "string",
            enum: ["implicit", "starttls", "none"],
            default: "implicit",
            description: "TLS of the mail server",
          },
          ca: text("PEM file with the authorities that the server's certificate must come from", 4096),
          cert: text("PEM file with the certificate shown to a syslog server", 4096),
          key: text("PEM file with its private key", 4096),
          user: text("mail account"),
          from: text("sender of email"),
          to: {
            type: "array",
            items: text("address"),
            maxItems: 100,
            default: [],
            description: "receivers of email",
          },
        },
      },
    },
  },
};

/** Complaints, one sentence each. */
export function routeComplaints(routes: RouteConfig[]): string[] {
  const names = new Set<string>();
  return routes.flatMap((route, index) => {
    const at = `response.routes[${index}]`;
    const needed = { syslog: ["host"], webhook: ["url", "secretFile"], email: ["host", "from"] } as const;
    const complaints = needed[route.type].flatMap((option) =>
      route[option] === undefined ? [`${at}.${option} is missing; a ${route.type} needs it.`] : [],
    );
    if (route.type === "email" && route.to.length === 0) complaints.push(`${at}.to is empty; name who gets the email.`);
    if ((route.cert === undefined) !== (route.key === undefined))
      complaints.push(`${at}.cert and key belong together.`);
    if (names.has(route.name)) complaints.push(`${at}.name ${route.name} is there twice; names are unique.`);
    names.add(route.name);
    return complaints;
  });
}
