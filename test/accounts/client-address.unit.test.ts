import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import { afterEach, expect, test, vi } from 'vitest'
import { addressOf, createTrustedProxies } from '../../src/http/client-address.ts'

afterEach(() => void vi.useRealTimers())

const PROXY = '10.0.0.1'
const TRUSTED = ['10.0.0.0/8', '2001:db8:ffff::/48', '192.0.2.7']

/** And what was said to the operator. */
function proxiesOf(blocks: readonly string[]) {
  const warnings: string[] = []
  return { proxies: createTrustedProxies(blocks, (sentence) => void warnings.push(sentence)), warnings }
}

function requestFrom(peer: string, forwarded?: string): IncomingMessage {
  const socket = new Socket()
  Object.defineProperty(socket, 'remoteAddress', { value: peer })
  const request = new IncomingMessage(socket)
  if (forwarded !== undefined) request.headers['x-forwarded-for'] = forwarded
  return request
}

test('without TRUST_PROXY, X-Forwarded-For counts for nothing', () => {
  const { proxies } = proxiesOf([])
  expect(addressOf(requestFrom(PROXY, '198.51.100.1'), proxies)).toBe(PROXY)
  expect(addressOf(requestFrom(PROXY), proxies)).toBe(PROXY)
})

test('without TRUST_PROXY, one warning a day says that all callers share one bucket, once X-Forwarded-For was seen', () => {
  vi.useFakeTimers({ toFake: ['performance'] })
  const { proxies, warnings } = proxiesOf([])
  addressOf(requestFrom(PROXY), proxies)
  expect(warnings).toEqual([])
  for (const forwarded of ['198.51.100.1', '198.51.100.2', '', 'garbage'])
    addressOf(requestFrom(PROXY, forwarded), proxies)
  expect(warnings).toEqual([expect.stringMatching(/TRUST_PROXY is not set.*share one bucket/)])
  vi.advanceTimersByTime(24 * 3_600_000 - 1)
  addressOf(requestFrom(PROXY, '198.51.100.1'), proxies)
  expect(warnings).toHaveLength(1)
  vi.advanceTimersByTime(1)
  for (const _ of [1, 2, 3]) addressOf(requestFrom(PROXY, '198.51.100.1'), proxies)
  expect(warnings).toHaveLength(2)
})

test('with TRUST_PROXY, nothing is said, whoever sends X-Forwarded-For', () => {
  const { proxies, warnings } = proxiesOf(TRUSTED)
  for (const peer of [PROXY, '203.0.113.9']) addressOf(requestFrom(peer, '198.51.100.1'), proxies)
  expect(warnings).toEqual([])
})

test('what a peer that is no trusted proxy forwards is its own invention', () => {
  const { proxies } = proxiesOf(TRUSTED)
  expect(addressOf(requestFrom('203.0.113.9', '198.51.100.1'), proxies)).toBe('203.0.113.9')
  expect(addressOf(requestFrom('192.0.2.8', '198.51.100.1'), proxies)).toBe('192.0.2.8')
})

test.for([
  ['one hop', '198.51.100.1', '198.51.100.1'],
  ['a spoofed hop on the left', '1.2.3.4, 198.51.100.1', '198.51.100.1'],
  ['trusted hops on the right', '1.2.3.4, 198.51.100.1, 192.0.2.7,10.9.9.9', '198.51.100.1'],
  ['a trusted IPv6 proxy on the right', '198.51.100.1, 2001:db8:ffff:1::2', '198.51.100.1'],
  ['trusted hops alone', '10.2.2.2, 10.3.3.3', PROXY],
  ['nothing', '', PROXY],
  ['a hop that is no address', '198.51.100.1, unknown', PROXY],
  ['a hop with a port', '198.51.100.1:4711', PROXY],
  ['a hop that is no address, left of the one that counts', 'garbage, 198.51.100.1', '198.51.100.1'],
  ['an IPv4-mapped hop', '::ffff:198.51.100.1', '198.51.100.1'],
  ['an IPv4-mapped hop in hexadecimal', '::ffff:c633:6401', '198.51.100.1'],
  ['an IPv4-mapped hop written out', '0:0:0:0:0:ffff:198.51.100.1', '198.51.100.1'],
  ['a trusted proxy as IPv4-mapped in hexadecimal', '198.51.100.1, ::ffff:a00:2', '198.51.100.1'],
  ['an IPv6 hop in long form', '2001:0DB8:0000:0000:0000:0000:0000:0001', '2001:db8::1'],
  ['an IPv6 hop with a zone', 'fe80::1%eth0', 'fe80::1'],
] as const)('behind a trusted proxy the right-most untrusted hop counts: %s', ([_what, forwarded, address]) => {
  expect(addressOf(requestFrom(PROXY, forwarded), proxiesOf(TRUSTED).proxies)).toBe(address)
})

test('a peer that comes IPv4-mapped is the IPv4 address that it is', () => {
  const { proxies } = proxiesOf(TRUSTED)
  expect(addressOf(requestFrom('::ffff:203.0.113.9'), proxies)).toBe('203.0.113.9')
  expect(addressOf(requestFrom('::ffff:10.0.0.1', '198.51.100.1'), proxies)).toBe('198.51.100.1')
})

test('a socket that is gone already has no address', () => {
  expect(addressOf(requestFrom(''), proxiesOf(TRUSTED).proxies)).toBeNull()
})
