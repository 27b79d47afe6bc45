/** Puts lines on the agenda the way they travel: skewed clocks, retransmissions, outages after which logs come late. */
import type { AccessEvent } from "../../src/core/index.ts";
import type { Agenda } from "./agenda.ts";
import type { Calendar } from "./calendar.ts";
import type { Dice } from "./dice.ts";
import type { AuditMessage, ChartAccess, CloudCall, LogBody } from "./logs/body.ts";
import type { ClinicParameters } from "./parameters.ts";

interface Outage {
  from: number;
  to: number;
}

export interface Transport {
  skew(source: "ois" | "ehr", time: number): number;
  arrival(source: "ois" | "ehr" | "cloud", time: number): number;
  duplicates(): boolean;
}

export function transportOf(parameters: ClinicParameters, calendar: Calendar, dice: Dice): Transport {
  const start = calendar.at(0, 0);
  const offsets = { ois: dice.normal(0, parameters.clockSkew), ehr: dice.normal(0, parameters.clockSkew) };
  const drifts = { ois: dice.normal(0, parameters.clockDrift), ehr: dice.normal(0, parameters.clockDrift) };
  const outages = { ois: outagesOf(parameters, calendar, dice), ehr: outagesOf(parameters, calendar, dice) };
  const delays = dice.fork("delays");
  const repeats = dice.fork("repeats");
  return {
    skew: (source, time) =>
      time + Math.round((offsets[source] + (drifts[source] * (time - start)) / 86_400_000) * 1000),
    arrival(source, time) {
      const delay = delays.exponential(source === "cloud" ? 900 : 120);
      if (source === "cloud") return time + delay;
      const outage = outages[source].find(({ from, to }) => time >= from && time < to + flush);
      return outage ? Math.max(time + delay, spooled(outage, time)) : time + delay;
    },
    duplicates: () => repeats.chance(parameters.duplicateLogs),
  };
}

/** What has waited is sent in its order within so many ms after an outage; what comes meanwhile waits, too. */
const flush = 20_000;

function spooled({ from, to }: Outage, time: number): number {
  return to + (flush * Math.min(time - from, to - from)) / (to - from) + Math.max(0, time - to) / 1_000;
}

function outagesOf(parameters: ClinicParameters, calendar: Calendar, dice: Dice): Outage[] {
  const count = dice.poisson((parameters.logOutagesPerMonth * parameters.days) / 30);
  return Array.from({ length: count }, () => {
    const from = calendar.at(dice.integer(0, parameters.days - 1), dice.between(0, 1440));
    return { from, to: from + dice.logNormal(...parameters.logOutageHours) * 3_600_000 };
  });
}

export class Recorder {
  readonly #agenda: Agenda;
  readonly #transport: Transport;
  readonly #attack: number;
  readonly #tells: ClinicParameters["archiveTells"];

  /** @param attack its number, 0 for what is none */
  constructor(agenda: Agenda, transport: Transport, tells: ClinicParameters["archiveTells"], attack = 0) {
    this.#tells = tells;
    this.#agenda = agenda;
    this.#transport = transport;
    this.#attack = attack;
  }

  /** The archive writes down an access when it is over; `ended` in ms since 1970. */
  archive(event: AccessEvent, ended: number): void {
    if (!this.#tells.treatment) delete event.treatment;
    if (!this.#tells.pixelDigest) delete event.content?.pixel_digest;
    this.#put(ended, { source: "archive", event });
  }

  ois(message: AuditMessage): void {
    this.#deliver("ois", message.time, { source: "ois", ...message, time: this.#transport.skew("ois", message.time) });
  }

  /** An audit message whose own time is not that of its sending. */
  oisLate({ arrival, ...message }: AuditMessage & { arrival: number }): void {
    this.#put(this.#transport.arrival("ois", arrival), { source: "ois", ...message });
  }

  ehr(access: ChartAccess): void {
    this.#deliver("ehr", access.time, { source: "ehr", ...access, time: this.#transport.skew("ehr", access.time) });
  }

  cloud(call: CloudCall): void {
    this.#deliver("cloud", call.time, { source: "cloud", ...call });
  }

  #deliver(source: "ois" | "ehr" | "cloud", time: number, body: LogBody): void {
    const arrival = this.#transport.arrival(source, time);
    this.#put(arrival, body);
    if (source !== "cloud" && this.#transport.duplicates()) this.#put(arrival + 2_000, body);
  }

  #put(arrival: number, body: LogBody): void {
    this.#agenda.put(arrival, body, this.#attack);
  }
}
