/** The management API: JSON in and out. */
import { csrfHeader } from "./session.js";

/** What the server answered in the place of doing it: RFC 9457 problem details. */
export class Refusal extends Error {
  constructor({ title, detail, code }, status) {
    super(detail ?? title ?? `HTTP ${status}`);
    this.code = code;
    this.status = status;
  }
}

/** @throws Refusal with what the server says, in words for whoever reads it */
export async function ask(method, path, body, headers = {}) {
  const response = await fetch(`/api/v1${path}`, {
    method,
    headers: {
      accept: "application/json",
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...(method === "GET" ? {} : csrfHeader()),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refusal(answer, response.status);
  return answer;
}

export const get = (path, headers) => ask("GET", path, undefined, headers);
export const post = (path, body, headers) => ask("POST", path, body, headers);
