import assert from "node:assert/strict";
import { test } from "node:test";
import { Daily } from "./daily.ts";
import { SnapshotReader, SnapshotWriter } from "./snapshot.ts";

const day = 86_400;
const options = { offset: 1, least: [1], mostADay: 4, shape: 1 };
const stride = 1 + new Daily(options).floats;

/** mulberry32: uniform in [0, 1). */
function uniform(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

function poisson(mean: number, next: () => number): number {
  let count = 0;
  for (let left = Math.exp(-mean), product = next(); product > left; product *= next()) count++;
  return count;
}

class Ward {
  readonly daily = new Daily(options);
  readonly data: Float32Array;

  constructor(accounts: number) {
    this.data = new Float32Array(accounts * stride);
  }

  /** An account's day. @returns ln M at its end */
  live(account: number, d: number, amount: number): number {
    const base = account * stride;
    this.daily.turn(this.data, base, d * day, 1);
    if (amount > 0) this.daily.add(this.data, base, 0, amount);
    const nats = this.daily.evidence(this.data, base, 0, 1);
    this.daily.trust(this.data, base, 1);
    return nats;
  }
}

test("ordinary accounts of unlike rates reach c once in c account-days at most", () => {
  for (const seed of [1, 2, 3]) {
    const next = uniform(seed);
    const accounts = 200;
    const rates = Array.from({ length: accounts }, () => 1 + 12 * next() ** 2);
    const ward = new Ward(accounts);
    for (const level of [50, 500]) {
      let reached = 0;
      let tests = 0;
      const above = new Set<number>();
      for (let d = 1; d <= 80; d++) {
        for (let account = 0; account < accounts; account++) {
          const nats = ward.live(account, d + (level === 500 ? 80 : 0), poisson(rates[account]!, next));
          if (d < 20) continue;
          tests++;
          if (nats < Math.log(level)) above.delete(account);
          else if (!above.has(account)) {
            above.add(account);
            reached++;
          }
        }
      }
      assert.ok(reached <= tests / level, `seed ${seed}: ${reached} of ${tests} at ${level}`);
    }
  }
});

test("no single day decides, however much it has; some in a row do, and they hardly teach", () => {
  const ward = new Ward(20);
  for (let d = 1; d <= 30; d++) for (let account = 0; account < 20; account++) ward.live(account, d, (d + account) % 4);
  const nats = [0, 1, 2, 3, 4, 5].map((n) => ward.live(0, 31 + n, 200));
  assert.ok(nats[0]! <= 4, nats.join());
  for (let n = 1; n < nats.length; n++) assert.ok(nats[n]! > nats[n - 1]! + 1, nats.join());
  const [, count, usual] = ward.daily.run(ward.data, 0, 0, 1);
  assert.equal(count, 1_200);
  assert.ok(usual < 1.2 * nats.length * 1.5, `${usual}: the habit is 1.5 a day`);
});

test("whoever has done a thousand times its peers' work from its first day on is ordinary, and peers stay what they are", () => {
  const ward = new Ward(31);
  let most = 0;
  for (let d = 1; d <= 40; d++) {
    for (let account = 1; account <= 30; account++) ward.live(account, d, 2 + ((d + account) % 4));
    most = Math.max(most, ward.live(0, d, 3_000 + 500 * (d % 3)));
  }
  assert.ok(most < 3, `${most}`);
  const days = [41, 42, 43, 44].map((d) => ward.live(5, d, 60));
  assert.ok(Math.max(...days) > 6, days.join());
});

test("days of silence count for what follows them", () => {
  const ward = new Ward(20);
  for (let d = 1; d <= 30; d++) for (let account = 0; account < 20; account++) ward.live(account, d, 3 + (d % 3));
  assert.equal(ward.live(0, 36, 18), 0, "a week's work after a week away");
  assert.ok(ward.live(1, 31, 40) > 0);
});

test("a snapshot continues as the original does", () => {
  const ward = new Ward(5);
  for (let d = 1; d <= 40; d++) for (let account = 0; account < 5; account++) ward.live(account, d, (d * account) % 7);
  const out = new SnapshotWriter();
  ward.daily.save(out);
  const copy = new Ward(5);
  copy.daily.load(new SnapshotReader(out.bytes()));
  copy.data.set(ward.data);
  for (let d = 41; d <= 50; d++) assert.equal(copy.live(2, d, d), ward.live(2, d, d));
});
