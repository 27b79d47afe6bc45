/** Bytes to a port and back, for requests that no client would send. */
import { connect } from "node:net";

/** What comes back until the other side closes or has said `enough`, as latin1. `chunks` may be endless. */
export function answerTo(
  port: number,
  chunks: Iterable<string | Uint8Array>,
  enough?: RegExp,
): Promise<{ said: string; sent: number }> {
  return new Promise((resolve) => {
    let [said, sent] = ["", 0];
    const iterator = chunks[Symbol.iterator]();
    const socket = connect(port, "127.0.0.1", more);
    function more(): void {
      while (!socket.destroyed) {
        const { done, value } = iterator.next();
        if (done) return;
        const bytes = typeof value === "string" ? Buffer.from(value, "latin1") : value;
        sent += bytes.length;
        if (!socket.write(bytes)) return void socket.once("drain", more);
      }
    }
    socket.setEncoding("latin1").on("data", (text: string) => {
      said += text;
      if (enough?.test(said)) socket.destroy();
    });
    // A server that has said no resets what is still on its way.
    socket.on("error", () => {});
    socket.on("end", () => socket.destroy());
    socket.on("close", () => resolve({ said, sent }));
  });
}

/** Chunks of one and the same, without end. */
export function* endless(chunk: Uint8Array | string): Generator<Uint8Array | string> {
  for (;;) yield chunk;
}

/** Highest resident memory of a process so far, bytes (Linux). */
export function peakMemory(status: string): number {
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? Number.NaN) * 1024;
}
