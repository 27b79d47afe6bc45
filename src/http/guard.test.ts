import assert from "node:assert/strict";
import { test } from "node:test";
import type { FastifyRequest } from "fastify";
import { makeGuard } from "./guard.ts";

const guard = makeGuard({ baseUrl: "https://pacs.example/x", hosts: ["Archive.Local"] });
const run = (method: string, headers: Record<string, string>) =>
  guard({ method, headers, raw: { rawHeaders: Object.entries(headers).flat() } } as unknown as FastifyRequest);

test("hosts that are ours pass", () => {
  for (const host of [
    "localhost",
    "LOCALHOST:8080",
    "127.0.0.1:80",
    "[::1]:8080",
    "10.0.0.7",
    "pacs.example",
    "archive.local:8080",
  ]) {
    run("GET", { host });
  }
});

test("any other host is 421: a rebound name must not reach the archive", () => {
  for (const host of [
    "",
    "evil.example",
    "127.0.0.1.evil.example",
    "localhost.evil.example:8080",
    "pacs.example.evil",
  ]) {
    assert.throws(() => run("GET", { host }), { status: 421, code: "request/denied" });
  }
});

test("a state change from another site's page is 403", () => {
  const host = "127.0.0.1:8080";
  for (const headers of [
    { origin: "http://evil.example" },
    { origin: "null" },
    { origin: "http://127.0.0.1:9999" },
    { "sec-fetch-site": "cross-site" },
    { "sec-fetch-site": "same-site" },
  ]) {
    for (const method of ["POST", "DELETE", "PUT", "PATCH"]) {
      assert.throws(() => run(method, { host, ...headers }), { status: 403, code: "request/denied" });
    }
  }
});

test("own pages and programs may change things", () => {
  const host = "127.0.0.1:8080";
  run("POST", { host });
  run("POST", { host, origin: "http://127.0.0.1:8080", "sec-fetch-site": "same-origin" });
  run("DELETE", { host, origin: "https://pacs.example" });
});
