import assert from "node:assert/strict";
import { connect } from "node:net";
import { test } from "node:test";
import { startServer } from "../testing/server.ts";

/** Everything the server says to these bytes until it closes. */
function answerTo(port: number, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = "";
    const socket = connect(port, "127.0.0.1", () => socket.write(bytes));
    socket.setEncoding("latin1").on("data", (text: string) => {
      said += text;
    });
    socket.on("error", reject).on("close", () => resolve(said));
  });
}

const head = "POST /dicom-web/studies HTTP/1.1\r\nHost: localhost\r\n";
const hidden = "DELETE /dicom-web/studies/1.2.3 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

test("request smuggling: two readings of where a request ends are one refusal, and what is hidden behind is not read", async (t) => {
  const { base, archive } = await startServer(t);
  const port = Number(new URL(base).port);
  const ambiguous = [
    `${head}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${hidden}`,
    `${head}Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcd${hidden}`,
    `${head}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n${hidden}`,
    `${head}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n${hidden}`,
    `${head}Content-Length: 4\r\nContent-Length: 4\r\n\r\nabcd${hidden}`,
    `${head}X-Note: a\r\n Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\nabcd${hidden}`,
    `${head}Content-Length: +4\r\n\r\nabcd${hidden}`,
    `${head}Content-Length: 4, 4\r\n\r\nabcd${hidden}`,
    `${head}Content-Length: 0x4\r\n\r\nabcd${hidden}`,
    `${head}Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n${hidden}`,
    `${head}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${hidden}`,
    `${head}Transfer-Encoding: chunked\r\n\r\n0x1\r\na\r\n0\r\n\r\n${hidden}`,
    `${head}Transfer-Encoding: chunked\r\n\r\n-1\r\na\r\n0\r\n\r\n${hidden}`,
    `${head}Transfer-Encoding: chunked\r\n\r\nffffffffffffffff1\r\na\r\n0\r\n\r\n${hidden}`,
    `${head}Transfer-Encoding: chunked\r\n\r\n1\na\n0\n\n${hidden}`,
    `${head}X-Note: a\r\n\tContent-Length: 4\r\nContent-Length: 0\r\n\r\nabcd${hidden}`,
    `${head}X-Note: a\rContent-Length: 4\r\n\r\nabcd${hidden}`,
    `${head.replaceAll("\r\n", "\n")}Content-Length: 4\n\nabcd${hidden}`,
  ];
  for (const bytes of ambiguous) {
    const said = await answerTo(port, bytes);
    assert.deepEqual(said.match(/^HTTP\/1\.1 \d+/gm), ["HTTP/1.1 400"], said.slice(0, 80));
  }
  assert.ok(archive.events.every(({ operation }) => operation !== "DELETE"));
});

test("fields that say who and where are there once: of two a proxy may have read the other", async (t) => {
  const { base } = await startServer(t);
  const port = Number(new URL(base).port);
  const doubled = ["Host: evil.example", "Authorization: Bearer b", "X-Holdfast-Tenant: b", "Origin: http://b"];
  for (const field of doubled) {
    const [name] = field.split(":");
    const first = name === "Host" ? "" : `${name}: a\r\n`;
    const request = `GET /dicom-web/studies HTTP/1.1\r\nHost: localhost\r\n${first}${field}\r\nConnection: close\r\n\r\n`;
    assert.match(await answerTo(port, request), /^HTTP\/1\.1 400 /, field);
  }
});
