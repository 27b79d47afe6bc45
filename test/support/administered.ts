import type { AccessEvent } from "../../src/core/index.ts";

/** The event of an administrator's act. */
export const administered: AccessEvent = {
  time: "2026-01-01T00:00:00.000Z",
  activity: "admin",
  status: "success",
  protocol: "internal",
  operation: "test",
  actor: {},
  src_endpoint: {},
};
