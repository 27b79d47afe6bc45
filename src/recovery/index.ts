/** What an attack touched, and its undoing: pure functions over the journal. */
export {
  type Damage,
  DamageReader,
  type Effect,
  effects,
  type Suspicion,
  type Touch,
  type Touched,
} from "./damage.ts";
export { type Held, Holdings, type Shown } from "./holdings.ts";
export { leadOfIncident, suspicionOfIncident } from "./incident.ts";
export { type DamageReport, type Figures, type ObjectReport, reportOf, type TenantReport } from "./report.ts";
export {
  matcher,
  parseSelector,
  type Selector,
  type SelectorKind,
  selectorKinds,
  textOf,
  undoUid,
} from "./selector.ts";
export { planUndo, revived, type UndoPlan, type UndoStep } from "./undo.ts";
