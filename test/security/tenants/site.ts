/** One archive with several clinics: real storage, gate, response and both protocols, on sockets of the loopback. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openArchive } from "../../../src/archive/index.ts";
import { createDimseService, dimseGate } from "../../../src/archive/scp/index.ts";
import type { ByteSink } from "../../../src/core/index.ts";
import type { Outcome, StoreRequest } from "../../../src/dimse/index.ts";
import { serve } from "../../../src/dimse/testing/server.ts";
import { type PeerRecord, type Role, rolePolicy } from "../../../src/gate/index.ts";
import { createHttpServer } from "../../../src/http/index.ts";
import { clinicOf, defaultPolicy, Responder } from "../../../src/response/index.ts";
import { byLocal, openGate } from "../../support/gate.ts";
import { testLog } from "../../support/log.ts";

/** A clinic and all that is its own: everything about it carries its mark. */
export interface Clinic {
  tenant: string;
  /** Letters and digits found nowhere else. */
  mark: string;
  /** AE title that it works and is sent to as. */
  aeTitle: string;
  /** What its C-MOVE destination was sent. */
  received: { sopInstanceUid: string; bytes: Buffer }[];
  /** Bearer tokens by role. */
  tokens: Partial<Record<Role, string>>;
  keys: Partial<Record<Role, string>>;
}

export const staff = ["physicist", "therapist", "tenant-administrator", "service"] as const;
/** A called AE title that shows the archive as it was so many ms ago. */
export const past = { aeTitle: "PAST", moment: { at: 0 } };

export async function openSite() {
  await using stack = new AsyncDisposableStack();
  const base = mkdtempSync(join(tmpdir(), "holdfast-tenants-"));
  stack.defer(() => rmSync(base, { recursive: true }));
  const options = { dataFolder: join(base, "data"), keyFile: join(base, "key.json") };
  const archive = stack.use(await openArchive(options));
  const gate = await openGate(archive);
  let ids = 0;
  const responder = await Responder.open({
    policy: defaultPolicy,
    state: gate.containments,
    store: archive,
    clock: Date.now,
    newId: () => `id${++ids}`,
    clinic: () => clinicOf(gate),
    self: { ...byLocal.by, id: "response", kind: "service", roles: [] },
    secondPerson: (...asked) => gate.grants.secondPerson(...asked),
  });
  const dimse = createDimseService(archive, {
    aeTitle: "HOLDFAST",
    listeners: [{ host: "127.0.0.1", port: 0 }],
    views: [past],
    gate: dimseGate(gate, testLog),
    commitment: { grace: 20, retries: [0] },
  });
  const [listening] = await dimse.listen();
  stack.defer(() => dimse.close(200));
  const http = await createHttpServer({
    archive,
    recovery: archive,
    gate,
    response: responder,
    log: testLog,
    status: () => ({
      version: "0",
      startedAt: 0,
      dicom: { host: "127.0.0.1", port: listening!.port, aeTitle: "HOLDFAST", tls: false, peers: dimse.associations() },
    }),
  });
  stack.defer(() => http.close());
  const url = await http.listen({ host: "127.0.0.1", port: 0 });

  const opened = stack.move();
  const addClinic = async (tenant: string, mark: string): Promise<Clinic> => {
    const clinic: Clinic = { tenant, mark, aeTitle: `AE${mark}`, received: [], tokens: {}, keys: {} };
    await gate.tenants.put(tenant, `Clinic ${mark}`, byLocal);
    const destination = opened.use(await serve({ handlers: { store: (request) => keeping(clinic, request) } }));
    const peer: PeerRecord = { aeTitle: clinic.aeTitle, role: "workstation", tenant, addresses: ["127.0.0.1"] };
    await gate.peers.put({ ...peer, host: "127.0.0.1", port: destination.port }, byLocal);
    const linac = { ...peer, aeTitle: `LIN${mark}`, role: "linac", critical: true } as const;
    await gate.peers.put(linac, byLocal);
    for (const role of staff) {
      const asked = { name: `${role} ${mark}`, role, scopes: [...rolePolicy[role]], tenant };
      const { key, token } = await gate.keys.add({ ...asked, expiresAt: Date.now() + 3_600_000 }, byLocal);
      clinic.tokens[role] = token!;
      clinic.keys[role] = key.id;
      await gate.users.put({ name: `${role}-${mark.toLowerCase()}`, roles: [role], tenant }, byLocal);
    }
    return clinic;
  };
  return {
    ...options,
    base,
    archive,
    gate,
    responder,
    url,
    dicomPort: listening!.port,
    addClinic,
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

export type Site = Awaited<ReturnType<typeof openSite>>;

function keeping(clinic: Clinic, { sopInstanceUid }: StoreRequest): ByteSink<Outcome> {
  const chunks: Buffer[] = [];
  return {
    write: (chunk) => void chunks.push(Buffer.from(chunk)),
    end: async () => {
      clinic.received.push({ sopInstanceUid, bytes: Buffer.concat(chunks) });
      return { status: 0 };
    },
    abort: () => {},
  };
}
