export { UpperLayer, type UpperLayerOptions } from "./provider.ts";
export type { Connection } from "./transport.ts";
export type { UpperLayerUser } from "./user.ts";
