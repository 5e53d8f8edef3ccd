import { expect, test } from 'vitest'
import { networkOf } from '../src/network-of.ts'

test.for([
  ['203.0.113.9', '203.0.113.9'],
  [null, 'unknown'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8:1:2::', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['2001:db8::1:0:0:0:1', '2001:db8:0:1::/64'],
  ['2001:db8:0:0:1::', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['::', '0:0:0:0::/64'],
] as const)('the network of %s is %s', ([ip, network]) => {
  expect(networkOf(ip)).toBe(network)
})
