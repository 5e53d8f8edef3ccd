import { follow, post } from '../accounts/browser.ts'
import { expect, test } from '../support/index.ts'

const VIEWER = '{ viewer { role } }'
const forwarded = { 'x-forwarded-for': '198.51.100.1' }

test('X-Forwarded-For without TRUST_PROXY is told in the log once, whatever transport brings it', async ({
  gateway,
}) => {
  for (const _ of [1, 2, 3]) expect((await post(gateway.url, forwarded, VIEWER)).status).toBe(200)
  await using socket = follow(gateway, forwarded)
  await socket.next()
  const told = gateway.logs.filter(({ msg }) => String(msg).includes('TRUST_PROXY'))
  expect(told).toMatchObject([{ level: 40, msg: expect.stringContaining('share one bucket') }])
  expect(JSON.stringify(told)).not.toContain('198.51.100.1')
})
