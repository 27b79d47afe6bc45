/** A log for servers that tests start: real lines, which go nowhere but into the traces of the test run. */
import pino from "pino";

export const testLog = pino({ level: "warn", base: null }, { write() {} });
