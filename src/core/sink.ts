/**
 * Where a stream of bytes goes. `write` copies what it needs before it returns, so the caller may reuse the buffer;
 * a returned promise is back-pressure: write no more until it resolves. Exactly one of `end` and `abort` is called last.
 */
export interface ByteSink<T> {
  write(chunk: Uint8Array): Promise<void> | undefined;
  end(): Promise<T>;
  abort(reason: unknown): void;
}
