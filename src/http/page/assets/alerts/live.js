/** Follows /api/v1/stream. What came while the connection was broken is told when it is back: by the id of the last event. */
import { get } from "../api.js";

const pauses = [1_000, 3_000, 10_000, 30_000];

/**
 * @param after id of the last event that is known already
 * @param onEvent is given the type and what it is now: `alert`, `containment`; of `approvals` only that they have changed
 * @param onState is told whether the stream is `live`, `broken`, or `ended`: whoever looks is not logged in any more
 */
export function follow(after, onEvent, onState) {
  let last = after;
  let failures = 0;
  const connect = () => {
    const stream = new EventSource(`/api/v1/stream?after=${last}`);
    for (const type of ["alert", "containment"])
      stream.addEventListener(type, ({ data, lastEventId }) => {
        last = Math.max(last, Number(lastEventId));
        onEvent(type, JSON.parse(data));
      });
    // What changed of them meanwhile is not told again.
    for (const type of ["open", "approvals"]) stream.addEventListener(type, () => onEvent("approvals"));
    stream.addEventListener("open", () => {
      failures = 0;
      onState("live");
    });
    stream.addEventListener("error", async () => {
      onState("broken");
      // The browser itself comes back after a broken connection, but not after a refusal.
      if (stream.readyState !== EventSource.CLOSED) return;
      if (await isLoggedOut()) return onState("ended");
      setTimeout(connect, pauses[Math.min(failures++, pauses.length - 1)]);
    });
  };
  connect();
}

async function isLoggedOut() {
  const session = await get("/session").catch(() => undefined);
  return session?.principal === null;
}
