export { MetadataReader } from "./metadata.ts";
export { registerWado } from "./routes.ts";
