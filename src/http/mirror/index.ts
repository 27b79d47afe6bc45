export { registerMirror } from "./routes.ts";
