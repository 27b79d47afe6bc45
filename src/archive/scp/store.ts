import { type ByteSink, codeOf, type ErrorCode } from "../../core/index.ts";
import { type Operation, type Outcome, StatusError, type StoreRequest, statuses } from "../../dimse/index.ts";
import type { Decision } from "../../gate/index.ts";
import { heldContext } from "../held.ts";
import type { StoreSink } from "../types.ts";
import { contextOf } from "./context.ts";
import type { ServiceHost } from "./host.ts";

/** C-STORE status for each code (PS3.4 Table B.2-1); others are a processing failure. */
const statusByCode: Partial<Record<ErrorCode, number>> = {
  "object/sop-class": statuses.sopClassNotSupported,
  "object/mismatch": statuses.identifierDoesNotMatchSopClass,
  "object/missing-uid": statuses.identifierDoesNotMatchSopClass,
  "object/not-dicom": statuses.unableToProcess,
  "object/truncated": statuses.unableToProcess,
  "object/length": statuses.unableToProcess,
  "object/depth": statuses.unableToProcess,
  "object/element": statuses.unableToProcess,
  "object/transfer-syntax": statuses.unableToProcess,
  "object/charset": statuses.unableToProcess,
  "object/executable": statuses.unableToProcess,
  "object/too-large": statuses.outOfResources,
  "storage/full": statuses.outOfResources,
  "storage/arriving": statuses.outOfResources,
  "storage/io": statuses.outOfResources,
  "storage/corrupt": statuses.outOfResources,
  "request/busy": statuses.outOfResources,
  "request/denied": statuses.notAuthorized,
  "mirror/read-only": statuses.notAuthorized,
};

export const storeStatus = (code: ErrorCode): number => statusByCode[code] ?? statuses.processingFailure;

/** C-STORE: the bytes go into the archive as they come; success is said once they are durable. */
export function storeInstance(service: ServiceHost, request: StoreRequest, operation: Operation): ByteSink<Outcome> {
  const { association, transferSyntax: transferSyntaxUid } = operation;
  const open = (decision?: Decision): StoreSink =>
    service.archiveOf(operation).store(heldContext(contextOf(association, "C-STORE"), decision), {
      form: "dataset",
      transferSyntaxUid,
      sopClassUid: request.sopClassUid,
      sopInstanceUid: request.sopInstanceUid,
      sourceAeTitle: association.callingAeTitle,
    });
  const sink = service.permit("store", operation, open, { sopClassUid: request.sopClassUid });
  return new StatusSink(sink, () => stillTaken(service, operation, sink));
}

/** An object that was on its way when its sender was contained is not taken as if it had been there before. */
function stillTaken(service: ServiceHost, operation: Operation, sink: StoreSink): void {
  try {
    const decision = service.still("store", operation);
    if (decision?.effect === "quarantine") sink.hold(decision.containment.id);
  } catch (error) {
    sink.abort(error);
    if (error instanceof StatusError) service.recordRefused("store", operation, error);
    throw error;
  }
}

class StatusSink implements ByteSink<Outcome> {
  readonly #sink: StoreSink;
  readonly #still: () => void;

  constructor(sink: StoreSink, still: () => void) {
    this.#sink = sink;
    this.#still = still;
  }

  write(chunk: Uint8Array): Promise<void> | undefined {
    try {
      return this.#sink.write(chunk)?.catch(fail);
    } catch (error) {
      return fail(error);
    }
  }

  async end(): Promise<Outcome> {
    this.#still();
    const outcome = await this.#sink.end().catch(fail);
    if (outcome.ok) return { status: statuses.success };
    const { code, detail } = outcome;
    return { status: storeStatus(code), code, ...(detail !== undefined && { comment: detail }) };
  }

  abort(reason: unknown): void {
    this.#sink.abort(reason);
  }
}

function fail(error: unknown): never {
  const code = codeOf(error);
  throw new StatusError(storeStatus(code), code, undefined, { cause: error });
}
