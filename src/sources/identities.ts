/**
 * Which names in logs are one identity. Holdfast says `user:anna`, another system `anna` or `anna@clinic.example`; whether
 * they are one person only an operator knows: the same name in two systems may be two people's, and an attacker who could
 * merge them would borrow a habit or lend a guilt. So nothing is guessed, and who is not named stays who they are.
 */
import { type AccessEvent, HoldfastError } from "../core/index.ts";

/** From each other name to the one that is told. */
export type Identities = ReadonlyMap<string, string>;

/**
 * @param text JSON: `{"user:anna": ["anna", "anna@clinic.example"]}`, the name to be told and the others
 * @throws HoldfastError request/invalid when it is not that, or a name is two identities'
 */
export function parseIdentities(text: string): Identities {
  const identities = new Map<string, string>();
  const told = new Set<string>();
  const add = (name: string, identity: string): void => {
    if (identities.has(name) || (told.has(name) && name !== identity))
      throw new HoldfastError(
        "request/invalid",
        `A name is there twice among the identities: ${JSON.stringify(name)}.`,
      );
    if (name !== identity) identities.set(name, identity);
  };
  const entries = entriesOf(text);
  for (const [identity] of entries) told.add(identity);
  for (const [identity, names] of entries) for (const name of names) add(name, identity);
  return identities;
}

function entriesOf(text: string): [string, string[]][] {
  const entries = Object.entries(objectOf(text));
  const isNames = (names: unknown): names is string[] =>
    Array.isArray(names) && names.every((name) => typeof name === "string" && name !== "");
  if (!entries.every((entry): entry is [string, string[]] => entry[0] !== "" && isNames(entry[1]))) throw malformed();
  return entries as [string, string[]][];
}

function objectOf(text: string): object {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw malformed();
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw malformed();
  return value;
}

const malformed = (): HoldfastError =>
  new HoldfastError("request/invalid", "Identities are a JSON object: a name, and the list of its other names.");

/** The event as the identity's own, unchanged where its name is nobody else's. */
export function identified(event: AccessEvent, identities: Identities): AccessEvent {
  const { user } = event.actor;
  const name = user && identities.get(user.name);
  return name === undefined ? event : { ...event, actor: { ...event.actor, user: { ...user!, name } } };
}
