/** dcmjs-dimse as SCU of the archive and as SCP of our SCU. */
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { test } from "node:test";
import { associate, echo, sopClasses } from "../../src/dimse/index.ts";
import { makeObject } from "../support/made-object.ts";
import { send, startArchive } from "./dimse-archive.ts";
import { freePort } from "./dimse-tools.ts";

interface Emitter {
  on(event: string, listener: (...values: unknown[]) => void): void;
}
interface DcmjsClient extends Emitter {
  addRequest(request: unknown): void;
  send(host: string, port: number, calling: string, called: string, options?: object): void;
}
interface DcmjsResponse {
  getStatus(): number;
  hasDataset(): boolean;
  getDataset(): { getElement(name: string): string };
}

/** Its types need ones that are not installed; this is what is used of it. */
const dcmjs = createRequire(import.meta.url)("dcmjs-dimse") as {
  Client: new () => DcmjsClient;
  Server: new (scp: unknown) => { listen(port: number): void; close(): void };
  Scp: new (...values: unknown[]) => { sendAssociationAccept(): void; sendAssociationReleaseResponse(): void };
  Dataset: new (bytes: Buffer, syntax: string) => unknown;
  requests: Record<string, (new (...values: unknown[]) => Emitter) & Record<string, (...values: unknown[]) => Emitter>>;
  responses: Record<string, { fromRequest(request: unknown): { setStatus(status: number): void } }>;
  log: { setLevel(level: string): void };
  constants: { PresentationContextResult: { Accept: number }; TransferSyntax: Record<string, string> };
};
dcmjs.log.setLevel("silent");
const { CEchoRequest, CFindRequest, CGetRequest, CStoreRequest } = dcmjs.requests;
const explicit = "1.2.840.10008.1.2.1";

/** Sends requests over one association and gathers the responses of each. */
function ask(port: number, requests: Emitter[], onStore?: (request: unknown) => unknown): Promise<DcmjsResponse[][]> {
  return new Promise((resolve, reject) => {
    const client = new dcmjs.Client();
    const responses = requests.map((request) => {
      const heard: DcmjsResponse[] = [];
      request.on("response", (response) => heard.push(response as DcmjsResponse));
      client.addRequest(request);
      return heard;
    });
    client.on("networkError", reject);
    client.on("cStoreRequest", (request, answer) => (answer as (response: unknown) => void)(onStore?.(request)));
    client.on("closed", () => resolve(responses));
    client.send("127.0.0.1", port, "DCMJS", "HOLDFAST");
  });
}

test("dcmjs-dimse as SCU: echo, store, find, get", async () => {
  await using running = await startArchive();
  const objects = [1, 2, 3].map((instance) => makeObject({ study: 9, instance }));
  const stores = objects.map((object) => new CStoreRequest!(new dcmjs.Dataset(object.dataSet, explicit)));
  const answers = await ask(running.port, [new CEchoRequest!(), ...stores]);
  assert.deepEqual(
    answers.map(([answer]) => answer?.getStatus()),
    [0, 0, 0, 0],
  );
  assert.equal((await running.archive.statistics()).instances, 3);

  const [found] = await ask(running.port, [
    CFindRequest!["createStudyFindRequest"]!({ PatientID: "P1", StudyInstanceUID: "" }),
  ]);
  assert.deepEqual(
    found!.map((answer) => answer.getStatus()),
    [0xff00, 0],
  );
  assert.equal(found![0]!.getDataset().getElement("StudyInstanceUID"), objects[0]!.studyUid);

  let stored = 0;
  const [retrieved] = await ask(
    running.port,
    [CGetRequest!["createStudyGetRequest"]!(objects[0]!.studyUid)],
    (request) => {
      stored++;
      const response = dcmjs.responses["CStoreResponse"]!.fromRequest(request);
      response.setStatus(0);
      return response;
    },
  );
  assert.equal(retrieved!.at(-1)?.getStatus(), 0);
  assert.equal(stored, 3);
});

test("dcmjs-dimse as SCP: echo, store", async () => {
  const port = await freePort();
  const received: string[] = [];
  class AcceptAll extends dcmjs.Scp {
    associationRequested(association: {
      getPresentationContexts(): { id: number }[];
      getPresentationContext(id: number): {
        getTransferSyntaxUids(): string[];
        setResult(result: number, syntax: string): void;
      };
    }): void {
      for (const { id } of association.getPresentationContexts()) {
        const context = association.getPresentationContext(id);
        context.setResult(dcmjs.constants.PresentationContextResult.Accept, context.getTransferSyntaxUids()[0]!);
      }
      this.sendAssociationAccept();
    }
    cEchoRequest(request: unknown, answer: (response: unknown) => void): void {
      const response = dcmjs.responses["CEchoResponse"]!.fromRequest(request);
      response.setStatus(0);
      answer(response);
    }
    cStoreRequest(
      request: { getDataset(): { getElement(name: string): string } },
      answer: (response: unknown) => void,
    ): void {
      received.push(request.getDataset().getElement("SOPInstanceUID"));
      const response = dcmjs.responses["CStoreResponse"]!.fromRequest(request);
      response.setStatus(0);
      answer(response);
    }
    associationReleaseRequested(): void {
      this.sendAssociationReleaseResponse();
    }
  }
  const server = new dcmjs.Server(AcceptAll);
  server.listen(port);
  const objects = [1, 2, 3].map((instance) => makeObject({ instance, pixels: 100_000 * instance }));
  const classes = [sopClasses.verification, objects[0]!.sopClassUid];
  const contexts = classes.map((abstractSyntax) => ({ abstractSyntax, transferSyntaxes: [explicit] }));
  const association = await associate({
    host: "127.0.0.1",
    port,
    calledAeTitle: "DCMJS",
    callingAeTitle: "HOLDFAST",
    contexts,
  });
  assert.equal((await echo(association)).status, 0);
  for (const object of objects) assert.equal(await send(association, object), 0);
  await association.release();
  server.close();
  assert.deepEqual(
    received,
    objects.map((object) => object.sopInstanceUid),
  );
});
