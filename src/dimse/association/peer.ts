import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import type { Peer, PeerCertificate } from "./info.ts";

/** IPv4 addresses as such, also where the socket is an IPv6 one. */
const plainAddress = (address: string | undefined): string => (address ?? "").replace(/^::ffff:/, "");

/** Who is at the other end of a transport connection; read it while the connection is open. */
export function peerOf(socket: Socket): Peer {
  const peer: Peer = { address: plainAddress(socket.remoteAddress), port: socket.remotePort ?? 0 };
  if (socket instanceof TLSSocket) {
    const certificate = certificateOf(socket);
    peer.tls = {
      protocol: socket.getProtocol() ?? "",
      cipher: socket.getCipher().name,
      ...(certificate && { certificate }),
    };
  }
  return peer;
}

export function localOf(socket: Socket): { address: string; port: number } {
  return { address: plainAddress(socket.localAddress), port: socket.localPort ?? 0 };
}

/** The peer's certificate, when it was verified. */
function certificateOf(socket: TLSSocket): PeerCertificate | undefined {
  if (!socket.authorized) return undefined;
  const { fingerprint256, subject } = socket.getPeerCertificate();
  if (!fingerprint256) return undefined;
  const names = Object.entries(subject).map(([key, value]) => `${key}=${value}`);
  return { fingerprint: fingerprint256.replaceAll(":", "").toLowerCase(), subject: names.join(",") };
}
