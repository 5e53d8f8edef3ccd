import type { IncomingMessage } from 'node:http'

/** The peer's address in its canonical text: IPv4 dotted, also where it came IPv4-mapped; IPv6 as in RFC 5952, no zone. */
export function addressOf(request: IncomingMessage): string | null {
  const address = request.socket.remoteAddress?.replace(/%.*$/, '')
  if (!address) return null
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)
  if (mapped?.[1]) return mapped[1]
  return address.includes(':') ? new URL(`http://[${address}]`).hostname.slice(1, -1) : address
}
