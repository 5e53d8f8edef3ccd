import { generateKeyPairSync } from 'node:crypto'
import { compactDecrypt } from 'jose'
import postgres from 'postgres'
import { inject } from 'vitest'
import { expect, test } from '../support/index.ts'

const FIELDS = 'app { id name } secret { id } clientSecret clientSecretJwe errors { path code }'
const CREATE = `mutation ($input: CreateAppInput!) { createApp(input: $input) { ${FIELDS} } }`
const ROTATE = `mutation ($input: RotateSecretInput!) { rotateSecret(input: $input) { ${FIELDS} previousSecretExpiresAt } }`

type Issued = {
  app: { id: string; name: string } | null
  secret: { id: string } | null
  clientSecret: string | null
  clientSecretJwe: string | null
  errors: { path: string[]; code: string }[]
}
type Answer = { createApp: Issued; rotateSecret: Issued & { previousSecretExpiresAt: string | null } }

test('a mutation sent again under its idempotency key answers the same, byte for byte', async ({ gateway, token }) => {
  const created = { name: 'Billing', scopes: [], idempotencyKey: crypto.randomUUID() }
  const { body } = await gateway.graphql<Answer>(CREATE, { input: created }, token)
  expect((await gateway.graphql(CREATE, { input: created }, token)).body).toEqual(body)
  const appId = body.data?.createApp.app?.id
  const rotated = { appId, gracePeriod: 'PT1H', idempotencyKey: created.idempotencyKey }
  const first = await gateway.graphql<Answer>(ROTATE, { input: rotated }, token)
  expect(first.body.data?.rotateSecret).toMatchObject({ clientSecretJwe: null, errors: [] })
  const sameLength = { ...rotated, gracePeriod: 'PT60M', graceStarts: 'NOW' }
  expect((await gateway.graphql(ROTATE, { input: sameLength }, token)).body).toEqual(first.body)
})

test('IDEMPOTENCY_KEY_REUSED names the field, and comes without the app', async ({ gateway, token }) => {
  const input = { name: 'Billing', scopes: [], idempotencyKey: crypto.randomUUID() }
  await gateway.graphql(CREATE, { input }, token)
  expect((await gateway.graphql(CREATE, { input: { ...input, name: 'Other' } }, token)).body).toEqual({
    data: {
      createApp: {
        app: null,
        secret: null,
        clientSecret: null,
        clientSecretJwe: null,
        errors: [{ path: ['input', 'idempotencyKey'], code: 'IDEMPOTENCY_KEY_REUSED' }],
      },
    },
  })
})

test.runIf(inject('engine') === 'postgres')(
  'SECRET_ALREADY_SHOWN comes with all but the secret',
  async ({ gateway, token }) => {
    const input = { name: 'Billing', scopes: [], idempotencyKey: crypto.randomUUID() }
    const { body } = await gateway.graphql<Answer>(CREATE, { input }, token)
    const session = postgres(gateway.env.DATABASE_URL ?? '', { max: 1 })
    await session`update idempotency_keys set created_at = created_at - interval '11 minutes' where key = ${input.idempotencyKey}`
    await session.end()
    const errors = [{ path: ['input', 'idempotencyKey'], code: 'SECRET_ALREADY_SHOWN' }]
    expect((await gateway.graphql(CREATE, { input }, token)).body).toEqual({
      data: { createApp: { ...body.data?.createApp, clientSecret: null, errors } },
    })
  },
)

test('encryptTo may stand in the document too, and the secret is null then', async ({ gateway, token }) => {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const { x, y } = publicKey.export({ format: 'jwk' })
  const literal = `mutation { createApp(input: { name: "Billing", scopes: [], encryptTo: { kty: "EC", crv: "P-256", x: "${x}", y: "${y}" } }) { ${FIELDS} } }`
  const { body } = await gateway.graphql<Answer>(literal, {}, token)
  expect(body.data?.createApp).toMatchObject({ clientSecret: null, errors: [] })
  const { plaintext } = await compactDecrypt(body.data?.createApp.clientSecretJwe ?? '', privateKey)
  expect(new TextDecoder().decode(plaintext)).toMatch(/^chtl_/)
})

test('what is wrong with both is told with all other mistakes', async ({ gateway, token }) => {
  const input = { name: '', scopes: ['/no/such/scope'], idempotencyKey: '', encryptTo: { kty: 'oct', k: 'c2VjcmV0' } }
  const { body } = await gateway.graphql<Answer>(CREATE, { input }, token)
  expect(body.data?.createApp.errors).toEqual([
    { path: ['input', 'name'], code: 'TOO_SHORT' },
    { path: ['input', 'scopes', '0'], code: 'UNKNOWN_SCOPE' },
    { path: ['input', 'idempotencyKey'], code: 'TOO_SHORT' },
    { path: ['input', 'encryptTo'], code: 'INVALID_FORMAT' },
  ])
  expect(JSON.stringify(body)).not.toContain('c2VjcmV0')
})
