export { registerStow } from "./routes.ts";
