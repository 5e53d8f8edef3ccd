import { isSignedBy } from '../../src/audit/note.ts'
import { expect, test } from '../support/index.ts'

test('the keys of the audit log are public, and a started gateway signs by them, within seconds', async ({
  gateway,
}) => {
  const answer = await fetch(`${gateway.url}/.well-known/audit-keys.json`)
  expect([answer.status, answer.headers.get('cache-control')]).toEqual([200, 'public, max-age=300'])
  const document = await answer.json()
  const origin = `${gateway.publicUrl.replace('http://', '')}/audit/`
  expect(document).toEqual({
    format: 'chatelaine-audit-keys/1',
    issuer: gateway.publicUrl,
    origin,
    keys: [
      {
        publicKey: expect.any(String),
        algorithm: 'Ed25519',
        status: 'current',
        since: expect.any(String),
        until: null,
      },
    ],
    handovers: [],
  })
  await expect.poll(() => gateway.logs.find(({ msg }) => msg === 'audit checkpoint'), { timeout: 15_000 }).toBeTruthy()
  const { note = '', account } = gateway.logs.find(({ msg }) => msg === 'audit checkpoint') ?? {}
  const key = Buffer.from(document.keys[0].publicKey, 'base64')
  expect(isSignedBy(String(note), `${origin}${account}`, key)).toBe(true)
})
