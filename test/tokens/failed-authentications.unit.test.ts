import { pino } from 'pino'
import { expect, test, vi } from 'vitest'
import { createFailedAuthentications, type FailedAuthentications } from '../../src/tokens/index.ts'

function failures() {
  const logs: Record<string, unknown>[] = []
  const log = pino({ base: null, timestamp: false }, { write: (line: string) => void logs.push(JSON.parse(line)) })
  return { counted: createFailedAuthentications(log), logs }
}

const [ip, method] = ['203.0.113.9', 'client_secret_basic']
const client = (number: number) => `ch_${String(number).padStart(26, '0')}`

/** What so many failures of a client in a row are answered. */
async function fail(
  counted: FailedAuthentications,
  times: number,
  from: { clientId: string | null; ip: string | null },
) {
  const answers: (number | null)[] = []
  for (let time = 0; time < times; time += 1) answers.push(await counted.note({ method, ...from }))
  return answers
}
const refusals = (answers: (number | null)[]) => answers.filter((answer) => answer !== null).length

test('a client’s 20 failures from one network are answered as such, the 21st is one too many', async () => {
  const { counted } = failures()
  const answers = await fail(counted, 22, { clientId: client(1), ip })
  expect(answers.slice(0, 20)).toEqual(Array(20).fill(null))
  for (const answer of answers.slice(20)) expect(answer).toBeGreaterThan(890)
  expect(await fail(counted, 20, { clientId: client(2), ip })).toEqual(Array(20).fill(null))
  expect(await fail(counted, 20, { clientId: client(1), ip: '203.0.113.10' })).toEqual(Array(20).fill(null))
})

test('a network has 100 failures, whichever clients it names, and what is no client id too', async () => {
  const { counted } = failures()
  for (let number = 0; number < 50; number += 1)
    expect(await fail(counted, 1, { clientId: client(number), ip })).toEqual([null])
  expect(refusals(await fail(counted, 51, { clientId: null, ip }))).toBe(1)
  expect(refusals(await fail(counted, 1, { clientId: client(99), ip }))).toBe(1)
  expect(refusals(await fail(counted, 1, { clientId: client(99), ip: null }))).toBe(0)
})

test('of IPv6 a network of 64 bits is one, of IPv4 an address', async () => {
  const { counted } = failures()
  for (let host = 0; host < 20; host += 1)
    await fail(counted, 1, { clientId: client(1), ip: `2001:db8:1:2::${host.toString(16)}` })
  expect(refusals(await fail(counted, 1, { clientId: client(1), ip: '2001:db8:1:2:ffff::1' }))).toBe(1)
  expect(refusals(await fail(counted, 1, { clientId: client(1), ip: '2001:db8:1:3::1' }))).toBe(0)
})

test('15 minutes after the first failure the count begins anew, and Retry-After says when', async () => {
  vi.useFakeTimers()
  try {
    const { counted } = failures()
    await fail(counted, 20, { clientId: client(1), ip })
    vi.advanceTimersByTime(600_000)
    expect(await fail(counted, 1, { clientId: client(1), ip })).toEqual([300])
    vi.advanceTimersByTime(300_000)
    expect(await fail(counted, 20, { clientId: client(1), ip })).toEqual(Array(20).fill(null))
  } finally {
    vi.useRealTimers()
  }
})

test('more than 10,000 networks share one count, so that a flood fills no memory; those counted before keep theirs', async () => {
  const { counted } = failures()
  await fail(counted, 99, { clientId: null, ip })
  const addresses = Array.from(
    { length: 10_150 },
    (_, number) => `10.${number >> 16}.${(number >> 8) & 255}.${number & 255}`,
  )
  const answers: (number | null)[] = []
  for (const address of addresses) answers.push(await counted.note({ method, clientId: null, ip: address }))
  expect(refusals(answers.slice(0, 10_099))).toBe(0)
  expect(refusals(answers.slice(10_099))).toBe(51)
  expect(refusals(await fail(counted, 1, { clientId: null, ip }))).toBe(0)
})

test('the log tells of 30 failures a minute, and then of how many it left out', async () => {
  vi.useFakeTimers()
  try {
    const { counted, logs } = failures()
    await fail(counted, 50, { clientId: client(1), ip })
    expect(logs).toHaveLength(30)
    expect(logs[0]).toEqual({
      level: 30,
      clientId: client(1),
      ip,
      method,
      refusedFor: null,
      msg: 'client authentication failed',
    })
    vi.advanceTimersByTime(60_001)
    await fail(counted, 2, { clientId: client(1), ip })
    expect(logs.slice(30).map(({ leftOut }) => leftOut)).toEqual([20, undefined])
  } finally {
    vi.useRealTimers()
  }
})
