/** What the management of everybody the gate knows answers. */
import { activities } from "../../core/index.ts";
import { actionNames, deviceRoles, personRoles, roles } from "../../gate/index.ts";
import { count, date, flag, list, listOf, moment, oneOf, shape, word, words } from "./shapes.ts";

const role = oneOf(roles);
const action = oneOf(actionNames);

export const peer = shape(
  { aeTitle: word, role: oneOf(deviceRoles), tenant: word },
  {
    ...{ addresses: words, certificates: words, subjects: words, services: listOf(action), sopClasses: words },
    ...{ vendor: word, critical: flag, host: word, port: count },
  },
);

export const user = shape(
  { name: word, roles: listOf(oneOf(personRoles)), tenant: word, password: flag, totp: flag, passkeys: count },
  { display: word, vendor: word, disabled: flag, subject: word },
);

export const hold = shape(
  { id: word, tenant: word, reason: word, setBy: word, since: moment },
  { patientId: word, studyUid: word },
);

export const keyHierarchy = shape(
  {
    root: count,
    settled: flag,
    clinics: listOf(shape({ tenant: word, generation: count, patients: count, behind: count })),
    copyDue: flag,
  },
  { copy: shape({ generation: count, time: moment, way: word }) },
);

export const retention = shape({ tenant: word, days: count }, { setBy: word, since: moment });
export const collection = shape({ segments: listOf(count), bytes: count, done: flag });

export const erasure = shape(
  { id: word, tenant: word, patientId: word, reason: word, askedBy: word, askedAt: moment },
  { treatmentEnded: flag, confirmedBy: word, dueAt: moment, doneAt: moment, blocked: word },
);

export const totp = shape({ secret: { type: "string", description: "base32, told once" }, uri: word });

export const key = shape(
  { id: word, name: word, role, scopes: listOf(action), tenant: word, createdAt: moment, expiresAt: moment },
  { vendor: word, addresses: words, certificate: word },
);

/** `token`: absent for keys that are a client certificate. */
export const keyTold = shape({ key }, { token: { type: "string", description: "told once" } });

const self = shape({ id: word, name: word, roles: listOf(role), tenant: word, method: word });
export const whoAmI = {
  anyOf: [
    shape({ principal: { type: "null" }, oidc: flag }),
    shape(
      { principal: self, may: listOf(action) },
      { csrf: { type: "string", description: "X-CSRF-Token of changes" } },
    ),
  ],
};
export const loggedIn = shape({ principal: self, csrf: word });
export const session = shape(
  { id: word, principal: word, tenant: word, since: moment, lastSeen: moment },
  { address: word },
);

/** WebAuthn level 3, section 5.4 and 5.5, as JSON; what the browser's API takes. */
export const passkeyOptions = { type: "object", additionalProperties: true, required: ["challenge"] };

export const vendorSession = shape(
  {
    ...{ id: word, vendor: word, principals: words, reason: word, hosts: words, tenants: words },
    ...{ openedBy: word, since: moment, until: moment },
  },
  { activities: listOf(oneOf(activities)), closedAt: moment },
);

const review = shape({ by: word, at: moment, justified: flag, comment: word });
export const breakGlass = shape(
  { id: word, principal: word, tenant: word, reason: word, since: moment, until: moment },
  { review },
);

export const approval = shape(
  { id: word, what: word, tenant: word, askedBy: word, askedAt: moment, until: moment },
  { approvedBy: word },
);

export const tenant = shape(
  { name: word, open: flag },
  { display: word, createdAt: moment, closedAt: moment, reason: word },
);

export const held = list(
  "held",
  shape({ entry: count, containment: word, tenant: word, time: date, sopInstanceUid: word, sopClassUid: word }),
);
export const heldDone = shape({ objects: count });
