/** The access events of files in the order in which they stand there; one chunk is in memory at a time. */
import type { AccessEvent } from "../core/index.ts";
import { chunksOf, type InputFile } from "./files.ts";
import type { RecordFormat } from "./formats/format.ts";
import { JsonValues } from "./json-values.ts";
import { TextLines } from "./lines.ts";
import { XmlMessages } from "./xml-messages.ts";

export interface EventReading {
  /** Of a record that makes no sense the event is absent; it has its index all the same. */
  onEvent(event: AccessEvent | undefined, index: number): void;
  /** After each chunk, so that what was gathered can be written. */
  onChunk?(): Promise<void>;
  /** Bytes read from disk so far. */
  onRead?(bytes: number): void;
  /** IANA name, of times that a log states without one; UTC unless given. */
  zone?: string | undefined;
}

export async function readEvents(
  files: readonly InputFile[],
  format: RecordFormat,
  { onEvent, onChunk, onRead, zone = "UTC" }: EventReading,
): Promise<void> {
  let before = 0;
  let index = 0;
  for (const file of files) {
    const reader = readerOf(file, format, zone, (event) => onEvent(event, index++));
    for await (const chunk of chunksOf(file, (read) => onRead?.(before + read))) {
      reader.push(chunk);
      await onChunk?.();
    }
    reader.end();
    before += file.size;
  }
  await onChunk?.();
}

type Reader = JsonValues | XmlMessages | TextLines;

function readerOf(
  file: InputFile,
  format: RecordFormat,
  zone: string,
  onEvent: (event: AccessEvent | undefined) => void,
): Reader {
  const { records, unrolled } = format;
  const { events } = format.ofFile?.(file, zone) ?? format;
  const onBroken = () => onEvent(undefined);
  const onRecord = (record: unknown) => {
    const found = events(record);
    if (found) for (const event of found) onEvent(event);
    else onBroken();
  };
  if (records === "lines") return new TextLines(onRecord);
  return records === "json"
    ? new JsonValues(onRecord, onBroken, unrolled)
    : new XmlMessages(records.xml, onRecord, onBroken);
}
