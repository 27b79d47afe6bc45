export {
  defaultHttpLimits,
  type HttpLimits,
  type HttpOptions,
  type Log,
  type ReplicaStatus,
  type ServerStatus,
} from "./options.ts";
export { createHttpServer } from "./server.ts";
