import { type DataSet, readDataSet, writeDataSet } from "../../dicom/index.ts";
import { GatheredBody } from "../association/exchange.ts";
import { type MessageBody, StatusError, statuses } from "../message/index.ts";
import { aborts, PduError } from "../pdu/index.ts";
import type { Call } from "./call.ts";

/** Gathers the identifier (or other small data set) of a request, then does the work of the service. */
export function withDataSet(
  call: Call,
  otherwise: number,
  work: (dataSet: DataSet) => Promise<void>,
): MessageBody | undefined {
  const complete = (bytes: Buffer): undefined => {
    call.run(async () => work(decode(call, bytes)), otherwise);
  };
  const tooLong = (): Error => new PduError(aborts.unexpectedParameter, "an identifier is too long");
  const lost = (reason: unknown): void => call.run(() => Promise.reject(reason));
  return new GatheredBody(call.environment.limits.identifier, complete, tooLong, lost);
}

/** No identifier or commitment request of the permitted size has more, and parsing stays cheap. */
const identifierLimits = { maxElements: 200_000, maxDepth: 16 };

function decode(call: Call, bytes: Buffer): DataSet {
  try {
    return readDataSet(bytes, call.transferSyntax, identifierLimits);
  } catch (cause) {
    throw new StatusError(statuses.unableToProcess, "request/invalid", "The data set cannot be read.", { cause });
  }
}

export const encode = (call: Call, dataSet: DataSet): Uint8Array => writeDataSet(dataSet, call.transferSyntax);
