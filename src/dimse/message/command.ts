import { aborts, PduError } from "../pdu/index.ts";

/** Command Field values: PS3.7 Annex E.1. */
export const commandFields = {
  storeRequest: 0x0001,
  storeResponse: 0x8001,
  getRequest: 0x0010,
  getResponse: 0x8010,
  findRequest: 0x0020,
  findResponse: 0x8020,
  moveRequest: 0x0021,
  moveResponse: 0x8021,
  echoRequest: 0x0030,
  echoResponse: 0x8030,
  eventReportRequest: 0x0100,
  eventReportResponse: 0x8100,
  actionRequest: 0x0130,
  actionResponse: 0x8130,
  cancelRequest: 0x0fff,
} as const;

export const isResponse = (field: number): boolean => (field & 0x8000) !== 0;

/** A command set: the elements of group 0000 that the services use (PS3.7 Annex E.1). */
export interface Command {
  commandField: number;
  messageId?: number | undefined;
  messageIdBeingRespondedTo?: number | undefined;
  /** Command Data Set Type says that a data set follows. */
  hasDataSet: boolean;
  affectedSopClassUid?: string | undefined;
  requestedSopClassUid?: string | undefined;
  affectedSopInstanceUid?: string | undefined;
  requestedSopInstanceUid?: string | undefined;
  moveDestination?: string | undefined;
  priority?: number | undefined;
  status?: number | undefined;
  offendingElement?: number | undefined;
  errorComment?: string | undefined;
  errorId?: number | undefined;
  eventTypeId?: number | undefined;
  actionTypeId?: number | undefined;
  remaining?: number | undefined;
  completed?: number | undefined;
  failed?: number | undefined;
  warning?: number | undefined;
  moveOriginatorAeTitle?: string | undefined;
  moveOriginatorMessageId?: number | undefined;
}

type TextKey = { [K in keyof Command]-?: string extends NonNullable<Command[K]> ? K : never }[keyof Command];
type NumberKey = Exclude<keyof Command, TextKey | "hasDataSet">;

type Field =
  | { element: number; kind: "text"; key: TextKey; padding: number }
  | { element: number; kind: "number" | "tag"; key: NumberKey }
  | { element: number; kind: "flag"; key: "hasDataSet" };

const uid = (element: number, key: TextKey): Field => ({ element, kind: "text", key, padding: 0 });
const text = (element: number, key: TextKey): Field => ({ element, kind: "text", key, padding: 0x20 });
const number = (element: number, key: NumberKey): Field => ({ element, kind: "number", key });

/** In ascending order of element. */
const fields: Field[] = [
  uid(0x0002, "affectedSopClassUid"),
  uid(0x0003, "requestedSopClassUid"),
  number(0x0100, "commandField"),
  number(0x0110, "messageId"),
  number(0x0120, "messageIdBeingRespondedTo"),
  text(0x0600, "moveDestination"),
  number(0x0700, "priority"),
  { element: 0x0800, kind: "flag", key: "hasDataSet" },
  number(0x0900, "status"),
  { element: 0x0901, kind: "tag", key: "offendingElement" },
  text(0x0902, "errorComment"),
  number(0x0903, "errorId"),
  uid(0x1000, "affectedSopInstanceUid"),
  uid(0x1001, "requestedSopInstanceUid"),
  number(0x1002, "eventTypeId"),
  number(0x1008, "actionTypeId"),
  number(0x1020, "remaining"),
  number(0x1021, "completed"),
  number(0x1022, "failed"),
  number(0x1023, "warning"),
  text(0x1030, "moveOriginatorAeTitle"),
  number(0x1031, "moveOriginatorMessageId"),
];

const byElement = new Map(fields.map((field) => [field.element, field]));

/** Command Data Set Type: this value says that no data set follows, any other that one does (PS3.7 9.3). */
const noDataSet = 0x0101;
const withDataSet = 0x0001;

/** Tag, and length in four bytes: Implicit VR Little Endian. */
const elementHeader = 8;

const invalid = (message: string): PduError => new PduError(aborts.invalidParameter, message);

/** Decodes a command set: Implicit VR Little Endian, group 0000 only (PS3.7 6.3.1). Throws `PduError`. */
export function readCommand(bytes: Buffer): Command {
  const command: Command = { commandField: -1, hasDataSet: false };
  for (let at = 0; at < bytes.length; ) {
    const start = at + elementHeader;
    if (start > bytes.length) throw invalid("a command element is cut short");
    const length = bytes.readUInt32LE(at + 4);
    if (bytes.readUInt16LE(at) !== 0) throw invalid("a command set holds another group");
    if (length > bytes.length - start) throw invalid("a command element ends beyond its set");
    const field = byElement.get(bytes.readUInt16LE(at + 2));
    if (field) readField(command, field, bytes.subarray(start, start + length));
    at = start + length;
  }
  if (command.commandField < 0) throw invalid("a command set has no Command Field");
  return command;
}

function readField(command: Command, field: Field, value: Buffer): void {
  if (field.kind === "text") command[field.key] = trimmed(value);
  else if (value.length < (field.kind === "tag" ? 4 : 2)) throw invalid("a number in a command set is too short");
  else if (field.kind === "flag") command.hasDataSet = value.readUInt16LE(0) !== noDataSet;
  else if (field.kind === "tag") command[field.key] = value.readUInt16LE(0) * 0x10000 + value.readUInt16LE(2);
  else command[field.key] = value.readUInt16LE(0);
}

function trimmed(value: Buffer): string {
  let end = value.length;
  while (end > 0 && (value[end - 1] === 0 || value[end - 1] === 0x20)) end--;
  return value.toString("latin1", 0, end);
}

/** Encodes a command set with its group length. */
export function writeCommand(command: Command): Buffer {
  const present = fields.filter((field) => command[field.key] !== undefined);
  const size = present.reduce((sum, field) => sum + elementHeader + valueLength(field, command), elementHeader + 4);
  const out = Buffer.allocUnsafe(size);
  writeElementHeader(out, 0, 0, 4);
  out.writeUInt32LE(size - elementHeader - 4, elementHeader);
  let at = elementHeader + 4;
  for (const field of present) at = writeField(out, at, field, command);
  return out;
}

function valueLength(field: Field, command: Command): number {
  if (field.kind === "text") return even(command[field.key]!.length);
  return field.kind === "tag" ? 4 : 2;
}

const even = (length: number): number => length + (length & 1);

function writeElementHeader(out: Buffer, at: number, element: number, length: number): void {
  out.writeUInt16LE(0, at);
  out.writeUInt16LE(element, at + 2);
  out.writeUInt32LE(length, at + 4);
}

function writeField(out: Buffer, at: number, field: Field, command: Command): number {
  const start = at + elementHeader;
  const length = valueLength(field, command);
  writeElementHeader(out, at, field.element, length);
  if (field.kind === "text") {
    const written = out.write(command[field.key]!, start, "latin1");
    if (written < length) out[start + written] = field.padding;
  } else if (field.kind === "flag") out.writeUInt16LE(command.hasDataSet ? withDataSet : noDataSet, start);
  else if (field.kind === "tag") {
    out.writeUInt16LE(Math.floor(command[field.key]! / 0x10000), start);
    out.writeUInt16LE(command[field.key]! % 0x10000, start + 2);
  } else out.writeUInt16LE(command[field.key]!, start);
  return start + length;
}
