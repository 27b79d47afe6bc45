export { MetadataReader } from "./metadata-reader.ts";
export { registerWado } from "./routes.ts";
