export { type Affected, type Circumstances, type LinacPath, reached } from "./circumstances.ts";
export { type Safeguarded, type SafeguardName, safeguard, safeguardNames } from "./safeguard.ts";
export { TreatmentSessions } from "./treatment.ts";
