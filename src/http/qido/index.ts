export { registerQido } from "./routes.ts";
