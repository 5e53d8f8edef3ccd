import type { IncomingMessage } from 'node:http'
import { BlockList, isIP } from 'node:net'

/** The proxies whose word on where a request came from is taken (TRUST_PROXY). */
export type TrustedProxies = { trusts(address: string): boolean; any: boolean }

/** @param blocks addresses and CIDR blocks, checked by the configuration */
export function createTrustedProxies(blocks: readonly string[]): TrustedProxies {
  const list = new BlockList()
  for (const block of blocks) {
    const [address = '', bits] = block.split('/')
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
    if (bits === undefined) list.addAddress(address, family)
    else list.addSubnet(address, Number(bits), family)
  }
  return {
    any: blocks.length > 0,
    trusts: (address) => list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4'),
  }
}

/**
 * The address that a request came from: the right-most one that is no trusted proxy's. Without a trusted peer,
 * `X-Forwarded-For` is any stranger's text and counts for nothing. Canonical: IPv4 dotted, also where it came
 * IPv4-mapped; IPv6 as in RFC 5952, without a zone.
 */
export function addressOf(request: IncomingMessage, proxies: TrustedProxies): string | null {
  const peer = canonical(request.socket.remoteAddress ?? '')
  if (peer === null || !proxies.trusts(peer)) return peer
  const forwarded = [request.headers['x-forwarded-for'] ?? ''].flat().join(',').split(',')
  for (const hop of forwarded.reverse()) {
    const address = canonical(hop.trim())
    if (address === null) return peer // what stands left of a hop that is no address is nobody's word
    if (!proxies.trusts(address)) return address
  }
  return peer
}

function canonical(text: string): string | null {
  const address = text.replace(/%.*$/, '')
  if (isIP(address) !== 6) return isIP(address) === 4 ? address : null
  const compressed = new URL(`http://[${address}]`).hostname.slice(1, -1)
  const mapped = /^::ffff:([0-9a-f]+):([0-9a-f]+)$/.exec(compressed)?.slice(1)
  if (!mapped) return compressed
  return mapped.flatMap((word) => [Number.parseInt(word, 16) >> 8, Number.parseInt(word, 16) & 255]).join('.')
}
