import { ascii, FieldReader, item, pdu, u16 } from "./bytes.ts";
import { aborts, PduError } from "./reasons.ts";
import {
  type AssociateAccept,
  type AssociateRequest,
  type ContextResult,
  type ProposedContext,
  pduTypes,
  type UserInformation,
} from "./types.ts";
import { readUserInformation, writeUserInformation } from "./user-information.ts";

/** Item types of the A-ASSOCIATE PDUs: PS3.8 9.3.2 and 9.3.3. */
const items = {
  applicationContext: 0x10,
  proposedContext: 0x20,
  contextResult: 0x21,
  abstractSyntax: 0x30,
  transferSyntax: 0x40,
  userInformation: 0x50,
} as const;

interface AssociateBody<C> {
  protocolVersion: number;
  calledAeTitle: string;
  callingAeTitle: string;
  applicationContext: string;
  contexts: C[];
  userInformation: UserInformation;
}

/** Decodes the body of an A-ASSOCIATE-RQ (PS3.8 9.3.2); throws {@link PduError}. */
export function readAssociateRequest(body: Buffer): AssociateRequest {
  return readAssociate(body, items.proposedContext, readProposedContext);
}

/** Decodes the body of an A-ASSOCIATE-AC (PS3.8 9.3.3); throws {@link PduError}. */
export function readAssociateAccept(body: Buffer): AssociateAccept {
  return readAssociate(body, items.contextResult, readContextResult);
}

function readAssociate<C extends { id: number }>(
  body: Buffer,
  contextType: number,
  readContext: (value: FieldReader) => C,
): AssociateBody<C> {
  const reader = new FieldReader(body);
  const protocolVersion = reader.u16();
  reader.skip(2);
  const calledAeTitle = reader.text(16);
  const callingAeTitle = reader.text(16);
  reader.skip(32);
  let applicationContext = "";
  let userInformation: UserInformation | undefined;
  const contexts: C[] = [];
  while (reader.remaining > 0) {
    const { type, value } = reader.item();
    if (type === items.applicationContext) applicationContext = value.restText();
    else if (type === contextType) contexts.push(readContext(value));
    else if (type === items.userInformation) userInformation = readUserInformation(value);
  }
  if (!userInformation) throw new PduError(aborts.invalidParameter, "there is no User Information item");
  checkContextIds(contexts);
  return { protocolVersion, calledAeTitle, callingAeTitle, applicationContext, contexts, userInformation };
}

/** PS3.8 9.3.2.2: presentation context IDs are odd, and each is used once; so there are at most 128. */
function checkContextIds(contexts: { id: number }[]): void {
  const seen = new Set<number>();
  for (const { id } of contexts) {
    if (id % 2 === 0 || seen.has(id)) {
      throw new PduError(aborts.invalidParameter, "a presentation context ID is even or used twice");
    }
    seen.add(id);
  }
}

function readProposedContext(value: FieldReader): ProposedContext {
  const context: ProposedContext = { id: value.u8(), abstractSyntax: "", transferSyntaxes: [] };
  value.skip(3);
  while (value.remaining > 0) {
    const sub = value.item();
    if (sub.type === items.abstractSyntax) context.abstractSyntax = sub.value.restText();
    else if (sub.type === items.transferSyntax) context.transferSyntaxes.push(sub.value.restText());
  }
  return context;
}

function readContextResult(value: FieldReader): ContextResult {
  const id = value.u8();
  value.skip(1);
  const context: ContextResult = { id, result: value.u8(), transferSyntax: "" };
  value.skip(1);
  while (value.remaining > 0) {
    const sub = value.item();
    if (sub.type === items.transferSyntax) context.transferSyntax = sub.value.restText();
  }
  return context;
}

export function writeAssociateRequest(request: AssociateRequest): Buffer {
  return writeAssociate(pduTypes.associateRequest, request, request.contexts.map(writeProposedContext));
}

export function writeAssociateAccept(accept: AssociateAccept): Buffer {
  return writeAssociate(pduTypes.associateAccept, accept, accept.contexts.map(writeContextResult));
}

function writeAssociate(type: number, body: Omit<AssociateBody<never>, "contexts">, contexts: Buffer[]): Buffer {
  return pdu(
    type,
    u16(body.protocolVersion),
    Buffer.alloc(2),
    aeTitle(body.calledAeTitle),
    aeTitle(body.callingAeTitle),
    Buffer.alloc(32),
    item(items.applicationContext, ascii(body.applicationContext)),
    ...contexts,
    item(items.userInformation, writeUserInformation(body.userInformation)),
  );
}

function writeProposedContext(context: ProposedContext): Buffer {
  return item(
    items.proposedContext,
    Buffer.from([context.id, 0, 0, 0]),
    item(items.abstractSyntax, ascii(context.abstractSyntax)),
    ...context.transferSyntaxes.map((uid) => item(items.transferSyntax, ascii(uid))),
  );
}

function writeContextResult(context: ContextResult): Buffer {
  return item(
    items.contextResult,
    Buffer.from([context.id, 0, context.result, 0]),
    item(items.transferSyntax, ascii(context.transferSyntax)),
  );
}

/** Sixteen bytes, padded with spaces. */
const aeTitle = (title: string): Buffer => ascii(title.padEnd(16).slice(0, 16));
