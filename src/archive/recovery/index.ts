/** Damage and undo on an open archive. */
export { assessorApart } from "./apart.ts";
export { type Assessor, assess, assessor } from "./assess.ts";
export { type Suspected, suspicionBy } from "./incident.ts";
export { type UndoOptions, type UndoOutcome, undo } from "./undo.ts";
