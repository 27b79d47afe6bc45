export * from "./command.ts";
export * from "./reader.ts";
export * from "./status.ts";
export * from "./writer.ts";
