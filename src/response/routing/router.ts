/**
 * Messages out. The ledgers of alerts and containments are the outbox: a route remembers up to which change it has
 * delivered, goes on from there after a restart, in order, and tries again with growing pauses. What changed several
 * times meanwhile is sent as it is now. A message may come twice (its event id tells); none is left out.
 */
import { type Clock, codeOf } from "../../core/index.ts";
import { type Change, Registry, type SettingsPort } from "../../gate/index.ts";
import type { Happening, Responder } from "../responder.ts";
import type { Route } from "./destination.ts";

export interface RouterOptions {
  responder: Pick<Responder, "since" | "subscribe" | "lastSeq">;
  routes: Route[];
  store: SettingsPort;
  clock: Clock;
  self: Change["by"];
  /** First pause after a failure, ms; doubled up to `longestPause`. */
  pause?: number;
  longestPause?: number;
  onDelivered?(route: string): void;
  onFailure?(route: string, code: string): void;
}

interface Cursor {
  seq: number;
}

const defaultPause = 1_000;
const defaultLongestPause = 300_000;
const mostRemembered = 10_000;

export class Router {
  readonly #deliveries: Delivery[];
  readonly #leave: () => void;

  private constructor(deliveries: Delivery[], leave: () => void) {
    this.#deliveries = deliveries;
    this.#leave = leave;
  }

  /** A route that is new starts with what happens from now on. */
  static async start(options: RouterOptions): Promise<Router> {
    const { responder, routes, store, clock, self } = options;
    const cursors = await Registry.open<Cursor>("routes", store, clock);
    const change: Change = { by: self, protocol: "internal", operation: "routes" };
    for (const { name } of routes) if (!cursors.get(name)) await cursors.put(name, { seq: responder.lastSeq }, change);
    const deliveries = routes.map((route) => new Delivery(route, cursors, change, options));
    const leave = responder.subscribe(() => {
      for (const delivery of deliveries) delivery.wake();
    });
    for (const delivery of deliveries) delivery.wake();
    return new Router(deliveries, leave);
  }

  /** Messages that wait, by route. */
  waiting(): Map<string, number> {
    return new Map(this.#deliveries.map((delivery) => [delivery.name, delivery.waiting]));
  }

  /** What is not delivered yet is after the next start. */
  async close(): Promise<void> {
    this.#leave();
    await Promise.all(this.#deliveries.map((delivery) => delivery.close()));
  }
}

class Delivery {
  readonly #route: Route;
  readonly #cursors: Registry<Cursor>;
  readonly #change: Change;
  readonly #options: RouterOptions;
  /** What was last said of an alert or containment. */
  readonly #said = new Map<string, string>();
  #failures = 0;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #again = false;
  #closed = false;

  constructor(route: Route, cursors: Registry<Cursor>, change: Change, options: RouterOptions) {
    this.#route = route;
    this.#cursors = cursors;
    this.#change = change;
    this.#options = options;
  }

  get name(): string {
    return this.#route.name;
  }

  get waiting(): number {
    return this.#pending().filter((happening) => this.#isWorth(happening)).length;
  }

  wake(): void {
    if (this.#closed || this.#timer) return;
    this.#again = true;
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
      if (this.#again) this.wake();
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#running;
    this.#route.destination.close();
  }

  #pending(): Happening[] {
    return this.#options.responder.since(this.#cursors.get(this.name)!.seq);
  }

  async #run(): Promise<void> {
    this.#again = false;
    for (let next = this.#pending()[0]; next && !this.#closed; next = this.#pending()[0]) {
      try {
        if (this.#isWorth(next)) await this.#send(next);
        await this.#cursors.put(this.name, { seq: next.seq }, this.#change);
        this.#failures = 0;
      } catch (error) {
        this.#options.onFailure?.(this.name, codeOf(error));
        return this.#later();
      }
    }
  }

  async #send(happening: Happening): Promise<void> {
    await this.#route.destination.send(happening);
    const [id, gist] = gistOf(happening);
    this.#said.delete(id);
    this.#said.set(id, gist);
    if (this.#said.size > mostRemembered) this.#said.delete(this.#said.keys().next().value!);
    this.#options.onDelivered?.(this.name);
  }

  #later(): void {
    if (this.#closed) return;
    const { pause = defaultPause, longestPause = defaultLongestPause } = this.#options;
    const delay = Math.min(longestPause, pause * 2 ** Math.min(20, this.#failures++));
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.wake();
    }, delay).unref();
  }

  /** Comments and counts are for the inbox; outside it is news that something began, was decided, or ended. */
  #isWorth(happening: Happening): boolean {
    if (happening.type === "alert" && happening.alert.risk < this.#route.leastRisk) return false;
    const [id, gist] = gistOf(happening);
    return this.#said.get(id) !== gist;
  }
}

function gistOf(happening: Happening): [id: string, gist: string] {
  if (happening.type === "containment") return [happening.containment.id, happening.containment.state];
  const { id, state, decision, risk } = happening.alert;
  const done = decision?.measures.map(({ action, outcome }) => `${action} ${outcome}`).join();
  return [id, `${state}\n${done}\n${Math.round(risk * 10)}`];
}
