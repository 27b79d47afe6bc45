/**
 * Against server-side request forgery: addresses that a webhook must not reach unless its owner said so. The check is
 * made on the addresses that the connection is then made to, so that a name cannot change its mind in between.
 */
import type { LookupAddress, LookupAllOptions } from "node:dns";
import { BlockList, isIP, type LookupFunction } from "node:net";
import { HoldfastError } from "../../core/index.ts";

/** IANA special-purpose address registries (RFC 6890 and successors). */
const special4 = [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.88.99.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/4",
  "240.0.0.0/4",
];
/** `::ffff:0:0/96`, `64:ff9b::/96` and `2002::/16` carry IPv4 addresses inside. */
const special6 = [
  "::/96",
  "::ffff:0:0/96",
  "64:ff9b::/96",
  "64:ff9b:1::/48",
  "100::/64",
  "2001::/23",
  "2001:db8::/32",
  "2002::/16",
  "3fff::/20",
  "5f00::/16",
  "fc00::/7",
  "fe80::/10",
  "fec0::/10",
  "ff00::/8",
];

// One list each: a shared one takes every IPv4 address for one of ::ffff:0:0/96.
const special = { ipv4: listOf(special4, "ipv4"), ipv6: listOf(special6, "ipv6") };

function listOf(ranges: string[], family: "ipv4" | "ipv6"): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [base, bits] = range.split("/");
    list.addSubnet(base!, Number(bits), family);
  }
  return list;
}

/** Reachable from everywhere: neither this machine nor a network behind it. */
export function isPublicAddress(address: string): boolean {
  const version = isIP(address);
  if (version === 0) return false;
  const family = version === 4 ? "ipv4" : "ipv6";
  return !special[family].check(address, family);
}

type Resolve = (
  hostname: string,
  options: LookupAllOptions,
  done: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/** Like `dns.lookup`, but refuses a name of which any address is not public. Each name is resolved once a connection. */
export const publicLookup =
  (resolve: Resolve): LookupFunction =>
  (hostname, options, done) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return done(error, "", 0);
      if (addresses.length === 0 || addresses.some(({ address }) => !isPublicAddress(address)))
        return done(new HoldfastError("request/denied", "The webhook's address is not public."), "", 0);
      if (options.all) return done(null, addresses);
      done(null, addresses[0]!.address, addresses[0]!.family);
    });
  };
