/** The work of `holdfast alerts`, `contain`, `release`, `verdicts` and `planned-work`: always through the running server. */
import { HoldfastError, rfc3339 } from "../../core/index.ts";
import type { Alert, ContainmentRecord } from "../../response/index.ts";
import { type AdminClient, remoteAdmin } from "../compose/admin.ts";
import { stopOf } from "../compose/lifetime.ts";
import type { CommandEnvironment } from "../program/environment.ts";
import { type ExitCode, exit } from "../program/exit.ts";
import { askDirectives, type Directive, isDirective, lineOfDirective, stated } from "./directives.ts";
import type { ResponseOptions } from "./response-options.ts";

/** `operation`: `alerts list`, `contain`, … Exit code 1 when there is nothing of that name. */
export async function respond(
  operation: string,
  subject: string,
  options: ResponseOptions,
  environment: CommandEnvironment,
): Promise<ExitCode> {
  if (operation === "alerts watch") return watch(options, environment);
  await using client = remoteAdmin(options.url, environment.variables["HOLDFAST_TOKEN"]);
  try {
    const answer = await ask(client, operation, encodeURIComponent(subject), subject, options);
    for (const each of Array.isArray(answer) ? answer : [answer])
      environment.stdout.write(`${options.json ? JSON.stringify(each) : lineOf(each)}\n`);
    return exit.done;
  } catch (error) {
    if (!(error instanceof HoldfastError) || error.code !== "request/not-found") throw error;
    environment.stderr.write(`There is no ${subject}.\n`);
    return exit.no;
  }
}

type Shown = Alert | ContainmentRecord | Directive;

async function ask(
  client: AdminClient,
  operation: string,
  id: string,
  subject: string,
  options: ResponseOptions,
): Promise<Shown | Shown[]> {
  const post = (path: string, body?: object) => client.ask("POST", path, body) as Promise<Shown>;
  const { state, incident, to, text, reason, comment, days, minutes, perMinute, contact, alert } = options;
  if (isDirective(operation)) return askDirectives(client, operation, id, options);
  switch (operation) {
    case "alerts list": {
      const query = new URLSearchParams();
      for (const [name, value] of Object.entries({ state, incident })) if (value !== undefined) query.set(name, value);
      return ((await client.ask("GET", `/alerts?${query}`)) as { alerts: Alert[] }).alerts;
    }
    case "alerts show":
      return client.ask("GET", `/alerts/${id}`) as Promise<Alert>;
    case "alerts acknowledge":
      return post(`/alerts/${id}/acknowledge`);
    case "alerts assign":
      return post(`/alerts/${id}/assign`, { assignee: to });
    case "alerts comment":
      return post(`/alerts/${id}/comments`, { text });
    case "alerts close":
      return post(`/alerts/${id}/close`, stated({ reason, comment, days }));
    case "alerts accept":
    case "alerts decline":
      return post(`/alerts/${id}/decision`, { accept: operation === "alerts accept" });
    case "contain": {
      const target = { kind: options.on, id: subject };
      const more = stated({ minutes, perMinute, contact, alert });
      return post("/containments", { target, action: options.action, reason, ...more });
    }
    default:
      return post(`/containments/${id}/release`, { reason });
  }
}

/** Prints what happens until it is stopped; a broken connection is taken up where it broke. */
async function watch(options: ResponseOptions, environment: CommandEnvironment): Promise<ExitCode> {
  const stop = new AbortController();
  const stopped = stopOf(environment).requested.then(() => stop.abort());
  const token = environment.variables["HOLDFAST_TOKEN"];
  let last = options.after;
  const url = `${options.url.replace(/\/+$/, "")}/api/v1/stream`;
  for (let broken = 0; !stop.signal.aborted; broken++) {
    const headers = {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(last === undefined ? {} : { "last-event-id": last }),
    };
    try {
      const response = await fetch(url, { headers, redirect: "error", signal: stop.signal });
      if (!response.ok) throw new HoldfastError("request/denied", `${url} answers ${response.status}.`);
      broken = 0;
      for await (const { id, data } of eventsOf(response.body!)) {
        last = id;
        environment.stdout.write(`${options.json ? data : lineOf(JSON.parse(data))}\n`);
      }
    } catch (error) {
      if (stop.signal.aborted) break;
      if (error instanceof HoldfastError || last === undefined) throw unreachable(error, options.url);
    }
    await Promise.race([new Promise((resolve) => setTimeout(resolve, Math.min(10_000, 500 * 2 ** broken))), stopped]);
  }
  return exit.done;
}

const unreachable = (error: unknown, url: string): unknown =>
  error instanceof HoldfastError
    ? error
    : new HoldfastError("association/connect", `${url} does not answer.`, { cause: error });

async function* eventsOf(body: ReadableStream<Uint8Array>): AsyncGenerator<{ id: string; data: string }> {
  let text = "";
  for await (const chunk of body.pipeThrough(new TextDecoderStream() as never) as unknown as AsyncIterable<string>) {
    text += chunk;
    const blocks = text.split("\n\n");
    text = blocks.pop()!;
    for (const block of blocks) {
      const id = /^id: (.*)$/m.exec(block)?.[1];
      const data = /^data: (.*)$/m.exec(block)?.[1];
      if (id !== undefined && data !== undefined) yield { id, data };
    }
  }
}

function lineOf(shown: Shown): string {
  if ("activities" in shown || "verdict" in shown || "undone" in shown) return lineOfDirective(shown);
  if ("findings" in shown) {
    const { id, state, risk, subject, updatedAt, reasons, decision, technique = "-" } = shown;
    const measures = decision?.measures.map(({ action, outcome }) => `${action} ${outcome}`).join(", ");
    return `${id} ${rfc3339(updatedAt)} ${state} risk=${risk.toFixed(2)} ${technique} ${subject.principal}: ${reasons[0]?.text ?? ""}${measures ? ` [${measures}]` : ""}`;
  }
  const { id, state, action, target, since, until, asked, because } = shown;
  const softened = asked === undefined ? "" : ` (${asked} was asked for; ${because?.join(", ")})`;
  return `${id} ${state} ${action} on ${target.kind} ${target.id} since ${rfc3339(since)}${until === undefined ? "" : ` until ${rfc3339(until)}`}${softened}`;
}
