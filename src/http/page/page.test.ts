/** The page's files: all are served and used, none makes elements of text, each technique has its name. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import Fastify from "fastify";
import { root } from "../../../test/house/repository.ts";
import { pageFiles, registerPage } from "./index.ts";

const assets = join(import.meta.dirname, "assets");
const files = readdirSync(assets, { recursive: true, encoding: "utf8" }).filter((name) => /\.\w+$/.test(name));
const textOf = (name: string): string => readFileSync(join(assets, name), "utf8");

test("every file of the page is served with its type, and is the one that the page names", async () => {
  const server = Fastify();
  registerPage(server);
  assert.deepEqual([...pageFiles].sort(), [...files].sort());
  const named = new Set(["index.html"]);
  for (const [, path] of textOf("index.html").matchAll(/(?:href|src)="\/page\/([^"]+)"/g)) named.add(path!);
  for (const name of files.filter((file) => file.endsWith(".js")))
    for (const [, path] of textOf(name).matchAll(/from "(\.[^"]+)"/g)) named.add(join(dirname(name), path!));
  assert.deepEqual([...named].sort(), [...files].sort());
  const types: Record<string, RegExp> = { html: /^text\/html/, css: /^text\/css/, js: /^text\/javascript/, svg: /svg/ };
  for (const name of named) {
    const answer = await server.inject(name === "index.html" ? "/" : `/page/${name}`);
    assert.equal(answer.statusCode, 200, name);
    assert.match(String(answer.headers["content-type"]), types[name.split(".").at(-1)!]!);
    assert.equal(answer.body, textOf(name));
  }
});

/** What would make elements or code of text. */
const markup =
  /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|srcdoc|createContextualFragment/;

test("no file of the page makes elements or code of text", () => {
  for (const name of files.filter((file) => file.endsWith(".js"))) assert.doesNotMatch(textOf(name), markup, name);
  assert.match("element.innerHTML = name", markup);
});

test("every technique that the engine and the archive suggest has its name on the page", async () => {
  const { techniques } = await import(new URL("./assets/alerts/techniques.js", import.meta.url).href);
  const source = ["src/behaviour", "src/response"].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
      .map((name) => readFileSync(join(root, folder, name), "utf8")),
  );
  const suggested = new Set(source.flatMap((text) => text.match(/(?<=")T1\d{3}(?:\.\d{3})?(?=")/g) ?? []));
  assert.ok(suggested.size > 10);
  assert.deepEqual([...suggested].filter((id) => !(id in techniques)).sort(), []);
});
