export {
  defaultHttpLimits,
  type HttpLimits,
  type HttpOptions,
  type Log,
  type MirrorStatus,
  type ReplicaStatus,
  type RestoreStatus,
  type ServerStatus,
  type WitnessStatus,
} from "./options.ts";
export { createHttpServer } from "./server.ts";
export { createWitnessServer } from "./witness/index.ts";
