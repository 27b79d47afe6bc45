export { type ContainmentOptions, Containments, explanation } from "./containments.ts";
export type { ContainmentRecord, Order } from "./record.ts";
