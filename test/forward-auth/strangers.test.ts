import { expect, test } from '../support/index.ts'
import { ask, forwarded, guardedApi, INVALID_REQUEST, refusal } from './guarded-api.ts'

const strangers = refusal(403, INVALID_REQUEST, {
  error: 'invalid_request',
  error_description: 'The peer is no proxy that is trusted (TRUST_PROXY).',
})

test.for<[string, string]>([
  ['by default nobody is trusted', ''],
  ['a peer that is not in TRUST_PROXY is a stranger', '10.0.0.0/8, ::1'],
])(
  '%s: its headers, however right, open nothing, and the log says so once',
  { timeout: 90_000 },
  async ([, TRUST_PROXY]) => {
    await using api = await guardedApi({ TRUST_PROXY })
    const { gateway, tokenForAll } = api
    const original = { 'x-original-method': 'GET', 'x-original-url': 'https://api.acme.example/v1/orders' }
    for (const headers of [
      forwarded('GET', '/v1/orders', tokenForAll),
      { ...original, authorization: `Bearer ${tokenForAll}` },
      { ...forwarded('GET', '/v1/orders', tokenForAll), 'x-forwarded-for': '10.0.0.1' },
      {},
    ])
      expect(await ask(gateway.url, headers)).toMatchObject(strangers)
    const told = gateway.logs.filter(({ msg }) => String(msg).includes('/forward-auth'))
    expect(told).toMatchObject([
      { level: 40, msg: expect.stringContaining('add its address to TRUST_PROXY: 127.0.0.1.') },
    ])
    expect(JSON.stringify(gateway.logs)).not.toContain(tokenForAll)
  },
)
