import type { KeyObject } from 'node:crypto'
import { SignJWT } from 'jose'
import { authenticateClient, type Client, createApp } from '../../src/apps/index.ts'
import type { Caller } from '../../src/caller.ts'
import { type Database, inSystem } from '../../src/database/index.ts'
import { type Issuer, isActive, signAccessToken } from '../../src/tokens/index.ts'
import { expect, type Issued, issued, newSigningKeys, type TestInstance, test } from '../support/index.ts'

const URL = 'https://chatelaine.example.com'
const LIST = '/chatelaine/apps/list'
const GONE = { active: null, forGood: true }

type Signer = { issuer: Issuer; kid: string; key: KeyObject }

function newSigner(): Signer {
  const { keys, kid, key } = newSigningKeys()
  return { issuer: { url: URL, resources: [URL], keys }, kid, key }
}

async function newClient(db: Database, owner: Caller, instance: TestInstance): Promise<Client> {
  return clientOf(db, instance, issued(await createApp(db, owner, { name: 'Robot', scopes: [LIST] }, instance)))
}

async function clientOf(db: Database, instance: TestInstance, made: Issued): Promise<Client> {
  const client = await authenticateClient(db, instance, made.app.clientId, made.clientSecret)
  if (!client) throw new Error('The client was not found.')
  return client
}

/** The claims and the header of a token that holds: each test changes one thing. */
function claimsOf({ accountId, clientId, credential, now }: Client) {
  const iat = Math.floor(now.getTime() / 1000)
  const jti = '01890a5d-ac96-774b-bcce-b302099a8058'
  const account_id = accountId
  return {
    iss: URL,
    sub: clientId,
    client_id: clientId,
    aud: URL,
    iat,
    exp: iat + 60,
    jti,
    account_id,
    secret_id: credential.id,
  }
}

const sign = ({ key, kid }: Signer, claims: Record<string, unknown>, header: Record<string, unknown> = {}) =>
  new SignJWT(claims).setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid, ...header }).sign(key)

test('a token as the endpoint signs it holds, and says all that it stands for', async ({ db, owner, instance }) => {
  const [signer, client] = [newSigner(), await newClient(db, owner, instance)]
  const token = signAccessToken(signer.issuer, client, URL, client.scopes)
  expect(await isActive(db, signer.issuer, token)).toEqual({
    active: {
      accountId: owner.accountId,
      appId: client.appId,
      appName: 'Robot',
      clientId: client.clientId,
      audience: URL,
      issuedAt: Math.floor(client.now.getTime() / 1000),
      expiresAt: Math.floor(client.now.getTime() / 1000) + 3600,
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      scopes: [LIST],
      credential: { type: 'secret', id: client.credential.id, current: true },
    },
  })
  expect(await isActive(db, signer.issuer, await sign(signer, claimsOf(client)))).toMatchObject({ active: {} })
})

test('RFC 9068 §4 and RFC 8725 §3.11: of another typ, or none, it is no access token', async ({
  db,
  owner,
  instance,
}) => {
  const [signer, client] = [newSigner(), await newClient(db, owner, instance)]
  for (const typ of ['JWT', 'jwt', undefined, 'secevent+jwt', 'client-authentication+jwt', 'at+jwt+x', ''])
    expect(await isActive(db, signer.issuer, await sign(signer, claimsOf(client), { typ })), typ).toEqual(GONE)
})

const changes: [string, Record<string, unknown>][] = [
  ['another issuer', { iss: 'https://elsewhere.example' }],
  ['the issuer with a slash', { iss: `${URL}/` }],
  ['two audiences (RFC 9700 §2.3)', { aud: [URL, 'https://elsewhere.example'] }],
  ['no audience', { aud: undefined }],
  ['another subject than client', { sub: 'ch_another' }],
  ['no expiry', { exp: undefined }],
  ['an expiry that is a text', { exp: '4000000000' }],
  ['no id', { jti: undefined }],
  ['an id that is none of ours', { jti: 'x' }],
  ['no secret', { secret_id: undefined }],
  ['a secret that is no id', { secret_id: "' or true --" }],
  ['a secret of nobody', { secret_id: '01890a5d-ac96-774b-bcce-b302099a8057' }],
  ['a client of nobody', { sub: 'ch_nobody', client_id: 'ch_nobody' }],
  ['a scope that is a list', { scope: [LIST] }],
]
for (const [what, changed] of changes)
  test(`a token with ${what} does not hold, for good`, async ({ db, owner, instance }) => {
    const [signer, client] = [newSigner(), await newClient(db, owner, instance)]
    expect(await isActive(db, signer.issuer, await sign(signer, { ...claimsOf(client), ...changed }))).toEqual(GONE)
  })

test('a secret of another app of the same account does not carry this one’s token', async ({ db, owner, instance }) => {
  const signer = newSigner()
  const [client, other] = [await newClient(db, owner, instance), await newClient(db, owner, instance)]
  const token = await sign(signer, { ...claimsOf(client), secret_id: other.credential.id })
  expect(await isActive(db, signer.issuer, token)).toEqual(GONE)
})

test('RFC 8725 §3.1: no other algorithm, no other key, and never a key that the token brings', async ({
  db,
  owner,
  instance,
}) => {
  const [signer, stranger, client] = [newSigner(), newSigner(), await newClient(db, owner, instance)]
  const claims = claimsOf(client)
  const jwk = stranger.issuer.keys.jwks().keys[0]
  const publicKey = Buffer.from(JSON.stringify(signer.issuer.keys.jwks().keys[0]))
  const tokens = [
    await sign({ ...stranger, kid: signer.kid }, claims),
    await sign(stranger, claims),
    await sign(stranger, claims, { jwk, kid: undefined }),
    await sign(stranger, claims, { jku: 'https://elsewhere.example/jwks.json' }),
    await new SignJWT(claims).setProtectedHeader({ alg: 'HS256', typ: 'at+jwt', kid: signer.kid }).sign(publicKey),
    `${Buffer.from(JSON.stringify({ alg: 'none', typ: 'at+jwt', kid: signer.kid })).toString('base64url')}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.`,
    '',
    'a.b.c',
    'x'.repeat(100_000),
  ]
  for (const token of tokens) expect((await isActive(db, signer.issuer, token)).active, token.slice(0, 80)).toBeNull()
})

test('an expired token does not hold, to the second, but its app may come with a fresh one', async ({
  db,
  owner,
  instance,
}) => {
  const [signer, client] = [newSigner(), await newClient(db, owner, instance)]
  const claims = claimsOf(client)
  const over = await sign(signer, { ...claims, exp: claims.iat })
  expect(await isActive(db, signer.issuer, over)).toEqual({ active: null, forGood: false })
})

test('a scope that the app has lost opens nothing, one that it got later neither', async ({ db, owner, instance }) => {
  const [signer, client] = [newSigner(), await newClient(db, owner, instance)]
  const token = await sign(signer, { ...claimsOf(client), scope: `${LIST} /chatelaine/apps/delete` })
  expect(await isActive(db, signer.issuer, token)).toMatchObject({ active: { scopes: [LIST] } })
  await inSystem(db, (tx) =>
    tx.execute(`update apps set scopes = '{/chatelaine/apps/read}' where id = '${client.appId}'`),
  )
  expect(await isActive(db, signer.issuer, token)).toMatchObject({ active: { scopes: [] } })
})

test('a token whose key was revoked does not hold, but its app may come with one of another key', async ({
  db,
  owner,
  instance,
}) => {
  const [before, after, client] = [newSigner(), newSigner(), await newClient(db, owner, instance)]
  const token = signAccessToken(before.issuer, client, URL, client.scopes)
  expect(await isActive(db, after.issuer, token)).toEqual({ active: null, forGood: false })
})
