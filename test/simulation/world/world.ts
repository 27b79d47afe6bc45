/**
 * Time, chance and order of one history. Nothing happens but what the world lets happen next: every disk operation,
 * message and timer is an event at a simulated instant, and those of one instant come in an order drawn from the seed.
 */
import type { Disk } from "../disk/disk.ts";
import { Network } from "../net/network.ts";
import { Random } from "./random.ts";

interface Event {
  at: number;
  order: number;
  run: () => void;
}

export class World {
  readonly random: Random;
  readonly network: Network;
  /** By the first part of the paths on it. */
  readonly disks = new Map<string, Disk>();
  /** ms since 1970: what the clocks of this world show. */
  now = Date.UTC(2026, 3, 20);
  /** Folder on a real memory disk, for SQLite. */
  readonly scratch: string;
  #elapsed = 0;
  #events: Event[] = [];

  constructor(seed: number, scratch: string) {
    this.random = new Random(seed);
    this.scratch = scratch;
    this.network = new Network(this);
  }

  /** ms since the beginning, whatever the clocks show. */
  get elapsed(): number {
    return this.#elapsed;
  }

  get clock(): () => number {
    return () => Math.floor(this.now);
  }

  /** The clocks are set, forwards or back; what waits goes on waiting as long as it would. */
  step(milliseconds: number): void {
    this.now += milliseconds;
  }

  after(milliseconds: number, run: () => void): Event {
    const event = { at: this.#elapsed + milliseconds, order: this.random.next(), run };
    const later = this.#events.findIndex((each) => comesAfter(each, event));
    this.#events.splice(later < 0 ? this.#events.length : later, 0, event);
    return event;
  }

  cancel(event: Event): void {
    this.#events = this.#events.filter((each) => each !== event);
  }

  sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => void this.after(milliseconds, resolve));
  }

  /** Lets everything happen until what was begun has ended. @throws Error when it waits for nothing that will come */
  async run<T>(begin: () => Promise<T>): Promise<T> {
    const before = useTimersOf(this);
    let ended = false;
    const over = (): void => {
      ended = true;
    };
    try {
      const all = begin();
      all.then(over, over);
      for (;;) {
        await new Promise<void>((resolve) => setImmediate(resolve));
        if (ended) return await all;
        const event = this.#events.shift();
        if (!event) throw new Error("The history waits for something that never comes.");
        this.now += event.at - this.#elapsed;
        this.#elapsed = event.at;
        event.run();
      }
    } finally {
      Object.assign(globalThis, before);
    }
  }
}

const comesAfter = (one: Event, other: Event): boolean =>
  one.at > other.at || (one.at === other.at && one.order > other.order);

/** Code that sets timers sets them in this world. @returns what was there before */
function useTimersOf(world: World): object {
  const { setTimeout, clearTimeout, setInterval, clearInterval } = globalThis;
  const simulated = (run: () => void, milliseconds = 0) => {
    const event = world.after(milliseconds, run);
    return Object.assign(event, { unref: () => event, ref: () => event });
  };
  const cleared = (event?: Event): void => void (event && world.cancel(event));
  const repeated = (run: () => void, milliseconds: number) => {
    const again = () => {
      timer.event = world.after(milliseconds, again);
      run();
    };
    const timer = { event: world.after(milliseconds, again) };
    return timer;
  };
  const ended = (timer?: { event: Event }): void => void (timer && world.cancel(timer.event));
  const timers = { setTimeout: simulated, clearTimeout: cleared, setInterval: repeated, clearInterval: ended };
  Object.assign(globalThis, timers);
  return { setTimeout, clearTimeout, setInterval, clearInterval };
}

let current: World | undefined;

/** The world that the simulated parts of the system work in. */
export function world(): World {
  if (!current) throw new Error("There is no simulated world.");
  return current;
}

export function enter(next: World | undefined): void {
  current = next;
}
