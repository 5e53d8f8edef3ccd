import type { IncomingMessage } from 'node:http'
import { BlockList, isIP } from 'node:net'

const DAY_MS = 86_400_000
const UNTRUSTED =
  'X-Forwarded-For came along and TRUST_PROXY is not set, so it counts for nothing. If a proxy stands in front, all callers ' +
  'have its address: they share one bucket of failed attempts, and one can keep all out. Set TRUST_PROXY to the proxy.'

/** The proxies whose word on where a request came from is taken (TRUST_PROXY). */
export type TrustedProxies = {
  trusts(address: string): boolean
  /** To be called for a request that names a forwarded address. Where no proxy is trusted, warns, once a day. */
  noteForwarded(): void
}

/**
 * @param blocks addresses and CIDR blocks, checked by the configuration
 * @param warn writes a sentence for the operator into the log
 */
export function createTrustedProxies(blocks: readonly string[], warn: (sentence: string) => void): TrustedProxies {
  const list = new BlockList()
  for (const block of blocks) {
    const [address = '', bits] = block.split('/')
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
    if (bits === undefined) list.addAddress(address, family)
    else list.addSubnet(address, Number(bits), family)
  }
  const warnOnce = oncePerDay(warn)
  return {
    trusts: (address) => list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4'),
    noteForwarded() {
      if (blocks.length === 0) warnOnce(UNTRUSTED)
    },
  }
}

/** Says what it is told, and then nothing for a day. */
export function oncePerDay(say: (sentence: string) => void): (sentence: string) => void {
  let saidAt = Number.NEGATIVE_INFINITY
  return (sentence) => {
    const now = performance.now() // goes on whatever is done to the clock
    if (now - saidAt < DAY_MS) return
    saidAt = now
    say(sentence)
  }
}

/** Who is at the other end of the connection; null where it has gone. */
export function peerOf({ socket }: IncomingMessage): string | null {
  return canonical(socket.remoteAddress ?? '')
}

/**
 * The address that a request came from: the right-most one that is no trusted proxy's. Without a trusted peer,
 * `X-Forwarded-For` is any stranger's text and counts for nothing. Canonical: IPv4 dotted, also where it came
 * IPv4-mapped; IPv6 as in RFC 5952, without a zone.
 */
export function addressOf(request: IncomingMessage, proxies: TrustedProxies): string | null {
  const peer = peerOf(request)
  if (request.headers['x-forwarded-for'] !== undefined) proxies.noteForwarded()
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
