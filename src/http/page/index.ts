/** The page at `/`: a few static files, read once, without any outside resource. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { FastifyInstance } from "fastify";

const types: Record<string, string> = {
  html: "text/html; charset=utf-8",
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  svg: "image/svg+xml",
};

export const pageFiles = [
  "index.html",
  "mark.svg",
  ...["page.css", "browse.css", "status.css", "viewer.css"],
  ...["page.js", "views.js", "session.js", "api.js", "dicomweb.js", "dom.js"],
  ...["browse.js", "login.js", "paused.js", "status.js", "upload.js", "viewer.js"],
  ...["alerts", "approvals", "forms", "alert"].map((name) => `alerts/${name}.css`),
  ...["view", "store", "live", "list", "detail", "part", "forms", "words"].map((name) => `alerts/${name}.js`),
  ...["why", "techniques", "acts", "timeline", "respond", "standing"].map((name) => `alerts/${name}.js`),
  ...["contain", "work", "incident", "damage", "approvals"].map((name) => `alerts/${name}.js`),
];

export function registerPage(server: FastifyInstance): void {
  for (const name of pageFiles) {
    const body = readFileSync(new URL(`./assets/${name}`, import.meta.url));
    const tag = `"${createHash("sha256").update(body).digest("base64url").slice(0, 22)}"`;
    const type = types[name.split(".").at(-1)!]!;
    server.get(
      name === "index.html" ? "/" : `/page/${name}`,
      { config: { may: "public" }, schema: { hide: true } },
      (request, reply) => {
        reply.headers({ etag: tag, "cache-control": "no-cache", "content-type": type });
        if (request.headers["if-none-match"] === tag) return reply.code(304).send();
        return reply.send(body);
      },
    );
  }
}
