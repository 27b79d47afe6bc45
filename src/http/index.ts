export { defaultHttpLimits, type HttpLimits, type HttpOptions, type Log, type ServerStatus } from "./options.ts";
export { createHttpServer } from "./server.ts";
