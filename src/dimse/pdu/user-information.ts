import { ascii, counted, type FieldReader, item, u16, u32 } from "./bytes.ts";
import { aborts, PduError } from "./reasons.ts";
import type {
  CommonExtendedNegotiation,
  ExtendedNegotiation,
  RoleSelection,
  UserIdentity,
  UserInformation,
} from "./types.ts";

/** Sub-item types of the User Information item: PS3.8 Annex D.1 and PS3.7 Annex D.3.3. */
const types = {
  maximumLength: 0x51,
  implementationClassUid: 0x52,
  asynchronousOperations: 0x53,
  roleSelection: 0x54,
  implementationVersionName: 0x55,
  extendedNegotiation: 0x56,
  commonExtendedNegotiation: 0x57,
  userIdentity: 0x58,
  userIdentityResponse: 0x59,
} as const;

/** Reads the sub-items; unknown ones are skipped, as PS3.8 9.3.1 asks. */
export function readUserInformation(reader: FieldReader): UserInformation {
  const info: UserInformation = {
    maximumLength: 0,
    implementationClassUid: "",
    roles: [],
    extended: [],
    commonExtended: [],
  };
  while (reader.remaining > 0) {
    const { type, value } = reader.item();
    readSubItem(info, type, value);
  }
  return info;
}

function readSubItem(info: UserInformation, type: number, value: FieldReader): void {
  switch (type) {
    case types.maximumLength:
      info.maximumLength = value.u32();
      break;
    case types.implementationClassUid:
      info.implementationClassUid = value.restText();
      break;
    case types.implementationVersionName:
      info.implementationVersionName = value.restText();
      break;
    case types.asynchronousOperations:
      info.asynchronousOperations = { invoked: value.u16(), performed: value.u16() };
      break;
    case types.roleSelection:
      info.roles.push(readRole(value));
      break;
    case types.extendedNegotiation:
      info.extended.push(readExtended(value));
      break;
    case types.commonExtendedNegotiation:
      info.commonExtended.push(readCommonExtended(value));
      break;
    case types.userIdentity:
      info.userIdentity = readUserIdentity(value);
      break;
    case types.userIdentityResponse:
      info.userIdentityResponse = value.bytes(value.u16());
      break;
  }
}

function readRole(value: FieldReader): RoleSelection {
  return { sopClassUid: value.text(value.u16()), scu: value.u8() === 1, scp: value.u8() === 1 };
}

function readExtended(value: FieldReader): ExtendedNegotiation {
  return { sopClassUid: value.text(value.u16()), information: value.rest() };
}

function readCommonExtended(value: FieldReader): CommonExtendedNegotiation {
  const sopClassUid = value.text(value.u16());
  const serviceClassUid = value.text(value.u16());
  const relatedGeneralSopClasses: string[] = [];
  for (let left = value.u16(); left > 0; ) {
    const length = value.u16();
    relatedGeneralSopClasses.push(value.text(length));
    left -= 2 + length;
    if (left < 0) throw new PduError(aborts.invalidParameter, "related general SOP classes overrun their length");
  }
  return { sopClassUid, serviceClassUid, relatedGeneralSopClasses };
}

function readUserIdentity(value: FieldReader): UserIdentity {
  return {
    type: value.u8(),
    positiveResponseRequested: value.u8() === 1,
    primary: value.bytes(value.u16()),
    secondary: value.remaining > 0 ? value.bytes(value.u16()) : Buffer.alloc(0),
  };
}

export function writeUserInformation(info: UserInformation): Buffer {
  const parts = [
    item(types.maximumLength, u32(info.maximumLength)),
    item(types.implementationClassUid, ascii(info.implementationClassUid)),
  ];
  const { asynchronousOperations: window, userIdentity: identity } = info;
  if (window) parts.push(item(types.asynchronousOperations, u16(window.invoked), u16(window.performed)));
  for (const role of info.roles) parts.push(writeRole(role));
  if (info.implementationVersionName) {
    parts.push(item(types.implementationVersionName, ascii(info.implementationVersionName)));
  }
  for (const e of info.extended) {
    parts.push(item(types.extendedNegotiation, counted(ascii(e.sopClassUid)), e.information));
  }
  for (const c of info.commonExtended) parts.push(writeCommonExtended(c));
  if (identity) parts.push(writeUserIdentity(identity));
  if (info.userIdentityResponse) parts.push(item(types.userIdentityResponse, counted(info.userIdentityResponse)));
  return Buffer.concat(parts);
}

function writeRole(role: RoleSelection): Buffer {
  return item(types.roleSelection, counted(ascii(role.sopClassUid)), Buffer.from([Number(role.scu), Number(role.scp)]));
}

function writeCommonExtended(c: CommonExtendedNegotiation): Buffer {
  const related = Buffer.concat(c.relatedGeneralSopClasses.map((uid) => counted(ascii(uid))));
  return item(
    types.commonExtendedNegotiation,
    counted(ascii(c.sopClassUid)),
    counted(ascii(c.serviceClassUid)),
    counted(related),
  );
}

function writeUserIdentity(identity: UserIdentity): Buffer {
  return item(
    types.userIdentity,
    Buffer.from([identity.type, Number(identity.positiveResponseRequested)]),
    counted(identity.primary),
    counted(identity.secondary),
  );
}
