export { automaticPolicy } from "./automatic.ts";
export { defaultPolicy } from "./default.ts";
export { evaluate, type Measure, type Verdict } from "./evaluate.ts";
export { checkPolicy, loadPolicy } from "./load.ts";
export { policySchema } from "./schema.ts";
export { type Example, type Mode, modes, type Policy, type PolicyAction, type Rule } from "./types.ts";
