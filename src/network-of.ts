import { isIPv6 } from 'node:net'

/** What one caller has at least: an IPv4 address, or an IPv6 network of 64 bits. @param ip canonical, as in an Origin */
export function networkOf(ip: string | null): string {
  if (ip === null || !isIPv6(ip)) return ip ?? 'unknown'
  const [head = '', tail = ''] = ip.split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === '' ? [] : tail.split(':')
  const zeros = ip.includes('::') ? Array<string>(8 - left.length - right.length).fill('0') : []
  return `${[...left, ...zeros, ...right].slice(0, 4).join(':')}::/64`
}
