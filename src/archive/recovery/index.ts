/** Damage and undo on an open archive. */
export { assess } from "./assess.ts";
export { type UndoOptions, type UndoOutcome, undo } from "./undo.ts";
