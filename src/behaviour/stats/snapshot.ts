/** The engine's state as bytes: little-endian, typed arrays with their length in front, numbers as IEEE doubles. */
import { HoldfastError } from "../../core/index.ts";

type Typed = Float64Array | Float32Array | Uint32Array | Int32Array | Uint8Array;
type TypedConstructor<T extends Typed> = { new (buffer: ArrayBuffer): T; readonly BYTES_PER_ELEMENT: number };

/** So many numbers. */
type Numbers<N extends number, Known extends number[] = []> = number extends N
  ? number[]
  : Known["length"] extends N
    ? Known
    : Numbers<N, [...Known, number]>;

export class SnapshotWriter {
  readonly #parts: Uint8Array[] = [];

  numbers(values: readonly number[]): void {
    this.#parts.push(new Uint8Array(new Float64Array(values).buffer));
  }

  text(value: string): void {
    this.array(new TextEncoder().encode(value));
  }

  array(values: Typed): void {
    this.numbers([values.length]);
    this.#parts.push(new Uint8Array(values.buffer, values.byteOffset, values.byteLength).slice());
  }

  bytes(): Uint8Array {
    return Buffer.concat(this.#parts);
  }
}

export class SnapshotReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  static mismatch(): HoldfastError {
    return new HoldfastError("storage/format", "The behaviour snapshot does not fit this engine.");
  }

  numbers<N extends number>(count: N): Numbers<N> {
    return Array.from(new Float64Array(this.#take(count * 8))) as Numbers<N>;
  }

  text(): string {
    return new TextDecoder().decode(this.array(Uint8Array));
  }

  array<T extends Typed>(type: TypedConstructor<T>): T {
    const length = this.numbers(1)[0]!;
    return new type(this.#take(length * type.BYTES_PER_ELEMENT));
  }

  end(): void {
    if (this.#at !== this.#bytes.length) throw SnapshotReader.mismatch();
  }

  #take(length: number): ArrayBuffer {
    const end = this.#at + length;
    if (!Number.isInteger(length) || length < 0 || end > this.#bytes.length) throw SnapshotReader.mismatch();
    const taken = this.#bytes.slice(this.#at, end).buffer as ArrayBuffer;
    this.#at = end;
    return taken;
  }
}
