/** Addresses and ranges as operators write them: `192.0.2.7`, `192.0.2.0/24`, `2001:db8::/32`. */
import { BlockList, isIP } from "node:net";
import { HoldfastError } from "../core/index.ts";

/** IPv4 addresses arrive as `::ffff:192.0.2.1` on a dual-stack socket. */
export const plainAddress = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/i, "");

export const isLoopbackAddress = (address: string): boolean => {
  const plain = plainAddress(address);
  return plain === "::1" || (isIP(plain) === 4 && plain.startsWith("127."));
};

const sets = new WeakMap<readonly string[], AddressSet>();

/** Whether an address is one of these addresses and ranges; quick when it is asked again of the same list. */
export function isAmong(address: string, ranges: readonly string[]): boolean {
  let set = sets.get(ranges);
  if (!set) {
    set = new AddressSet(ranges);
    sets.set(ranges, set);
  }
  return set.has(address);
}

export class AddressSet {
  readonly #list = new BlockList();

  /** @throws HoldfastError request/invalid */
  constructor(ranges: readonly string[]) {
    for (const range of ranges) this.#add(range);
  }

  has(address: string): boolean {
    const plain = plainAddress(address);
    const family = isIP(plain);
    return family !== 0 && this.#list.check(plain, family === 4 ? "ipv4" : "ipv6");
  }

  #add(range: string): void {
    const [address = "", bits] = range.split("/");
    const family = isIP(address);
    const most = family === 4 ? 32 : 128;
    const length = bits === undefined ? most : /^\d{1,3}$/.test(bits) ? Number(bits) : -1;
    if (family === 0 || length < 0 || length > most)
      throw new HoldfastError("request/invalid", `${range.slice(0, 64)} is no address or CIDR range.`);
    this.#list.addSubnet(address, length, family === 4 ? "ipv4" : "ipv6");
  }
}
