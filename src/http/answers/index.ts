export * as gateAnswers from "./gate.ts";
export * as recoveryAnswers from "./recovery.ts";
export * as responseAnswers from "./response.ts";
export * from "./shapes.ts";
