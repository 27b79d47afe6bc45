/** Figures of the copies of this archive elsewhere, of its witnesses, and of itself where it is such a copy. */
import { Gauge, type Registry } from "prom-client";
import type { MirrorStatus, RestoreStatus, ServerStatus } from "./options.ts";

export function copyMetrics(status: () => ServerStatus, registers: Registry[]): void {
  replicaGauges(status, registers);
  witnessGauges(status, registers);
  mirrorGauges(status, registers);
  restoreGauges(status, registers);
}

/** Replicas are told apart by their place in the configuration. */
function replicaGauges(status: () => ServerStatus, registers: Registry[]): void {
  const labelNames = ["replica"];
  new Gauge({
    name: "holdfast_replica_recovery_point_timestamp_seconds",
    help: "Time (Unix) of the last journal entry that a replica can restore; 0: none.",
    labelNames,
    registers,
    collect() {
      for (const [index, each] of (status().replicas ?? []).entries()) {
        const { recoveryPoint, lockBroken, failures, lagSeconds, alarm } = each;
        const replica = String(index);
        behind.set({ replica }, lagSeconds);
        alarmed.set({ replica }, alarm ? 1 : 0);
        this.set({ replica }, (recoveryPoint ?? 0) / 1000);
        failed.set({ replica }, failures);
        broken.set({ replica }, lockBroken?.length ?? 0);
      }
    },
  });
  const behind = new Gauge({
    name: "holdfast_replica_lag_seconds",
    help: "Seconds since a replica was known to hold everything.",
    labelNames,
    registers,
  });
  const alarmed = new Gauge({
    name: "holdfast_replica_alarm",
    help: "1 when a replica is behind for longer than configured, or its lock does not hold. Above 0: alarm.",
    labelNames,
    registers,
  });
  const failed = new Gauge({
    name: "holdfast_replica_failures",
    help: "Rounds of replication that failed since one went through.",
    labelNames,
    registers,
  });
  const broken = new Gauge({
    name: "holdfast_replica_lock_broken",
    help: "How many of delete, shorten and downgrade a replica's lock did not prevent. Above 0: alarm.",
    labelNames,
    registers,
  });
}

/** Witnesses are told apart by their place in the configuration. */
function witnessGauges(status: () => ServerStatus, registers: Registry[]): void {
  const labelNames = ["witness"];
  new Gauge({
    name: "holdfast_witness_cosigned_entries",
    help: "Journal entries that a witness has cosigned.",
    labelNames,
    registers,
    collect() {
      for (const [index, { entries, failures, alarm }] of (status().witnesses ?? []).entries()) {
        const witness = String(index);
        this.set({ witness }, entries);
        failed.set({ witness }, failures);
        alarmed.set({ witness }, alarm ? 1 : 0);
      }
    },
  });
  const failed = new Gauge({
    name: "holdfast_witness_failures",
    help: "Checkpoints that a witness was asked to cosign in vain since it last did.",
    labelNames,
    registers,
  });
  const alarmed = new Gauge({
    name: "holdfast_witness_alarm",
    help: "1 when a witness refused, or has been silent for an hour. Above 0: alarm.",
    labelNames,
    registers,
  });
}

function mirrorGauges(status: () => ServerStatus, registers: Registry[]): void {
  const gauge = (name: string, help: string, of: (mirror: MirrorStatus) => number): void =>
    void new Gauge({
      name: `holdfast_mirror_${name}`,
      help,
      registers,
      collect() {
        const { mirror } = status();
        if (mirror) this.set(of(mirror));
        else this.reset();
      },
    });
  gauge("lag_seconds", "Seconds since this mirror was known to hold everything of its origin.", (of) => of.lagSeconds);
  gauge("entries", "Journal entries of the origin that this mirror holds.", (of) => of.entries);
  gauge("entries_behind", "Entries that the origin is known to have beyond these.", (of) => of.behind);
  gauge("failures", "Rounds of mirroring that failed since one went through.", (of) => of.failures);
  gauge("alarm", "1 when the origin contradicts what it signed. Above 0: alarm.", (of) => (of.alarm ? 1 : 0));
}

function restoreGauges(status: () => ServerStatus, registers: Registry[]): void {
  const gauge = (name: string, help: string, of: (restore: RestoreStatus) => number): void =>
    void new Gauge({
      name: `holdfast_restore_awaited_${name}`,
      help,
      registers,
      collect() {
        const { restore } = status();
        this.set(restore ? of(restore) : 0);
      },
    });
  gauge(
    "bytes",
    "Bytes of objects that a restore has yet to bring; 0: the archive is whole.",
    (of) => of.of - of.bytes,
  );
  gauge(
    "entries",
    "Journal entries of a restored archive that are not catalogued yet; above 0: some patients only are read.",
    ({ cataloguing }) => (cataloguing ? cataloguing.of - cataloguing.entries : 0),
  );
}
