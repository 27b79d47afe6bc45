export { registerWitness } from "./routes.ts";
export { createWitnessServer } from "./server.ts";
