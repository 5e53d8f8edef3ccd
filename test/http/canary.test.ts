import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { compactDecrypt } from 'jose'
import { expect, type SpawnedGateway, spawnGateway, subscribe, subscribeSse, test } from '../support/index.ts'
import { postGraphQL } from '../support/post-graphql.ts'
import { ownDatabase } from './own-database.ts'

const feed = 'subscription { auditEvents(heartbeat: "PT1H") { cursor } }'

/** All that nobody may ever find written down: passwords, tokens and secrets, by what they are. */
class Canaries {
  readonly found = new Map<string, string>()

  add(what: string, value: unknown): string {
    if (typeof value !== 'string' || value.length < 10) throw new Error(`There is no ${what}: ${value}`)
    this.found.set(what, value)
    return value
  }

  password(what: string): string {
    return this.add(what, `canary-${randomBytes(12).toString('hex')}`)
  }

  /** Which of them stand in one of the texts: as they are, in hexadecimal or in base64. */
  in(texts: string[]): string[] {
    const forms = [...this.found].flatMap(([what, value]) => {
      // Of a JWT and of a client secret the part that nobody else knows.
      const secret = value.replace(/^(chs_|chtl_[^_]+_|.*\.)/, '')
      return [value, secret, hex(value), hex(secret), base64(secret)].map((form) => [what, form] as const)
    })
    return [...new Set(forms.filter(([, form]) => texts.some((text) => text.includes(form))).map(([what]) => what))]
  }
}
const hex = (text: string) => Buffer.from(text).toString('hex')
const base64 = (text: string) => Buffer.from(text).toString('base64').replace(/=+$/, '')

async function useEverything(gateway: SpawnedGateway, canaries: Canaries): Promise<void> {
  type Answer = Record<string, Record<string, unknown>>
  const ask = async (query: string, variables: object, token?: string) =>
    (await postGraphQL<Answer>(gateway.url, query, { ...variables }, token)).body.data ?? {}
  const signIn = (email: string, password: string) =>
    ask('mutation ($input: SignInInput!) { signIn(input: $input) { sessionToken } }', { input: { email, password } })

  const email = gateway.env.ADMIN_EMAIL ?? ''
  const password = canaries.add('first password', gateway.env.ADMIN_PASSWORD)
  const owner = canaries.add('session token', (await signIn(email, password)).signIn?.sessionToken)
  await signIn(email, canaries.password('wrong password'))
  await signIn('nobody@example.com', canaries.password('password of nobody'))
  const page = await fetch(`${gateway.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin' },
    body: JSON.stringify({
      query: 'mutation ($input: SignInInput!) { signIn(input: $input) { errors { code } } }',
      variables: { input: { email, password } },
    }),
  })
  canaries.add('cookie', page.headers.get('set-cookie')?.match(/=([^;]+)/)?.[1])

  const added = { email: 'two@example.com', role: 'ADMIN', password: canaries.password('password of an added member') }
  await ask(
    'mutation ($input: AddMemberInput!) { addMember(input: $input) { errors { code } } }',
    { input: added },
    owner,
  )
  const invited = await ask(
    'mutation { inviteMember(input: { email: "three@example.com", role: AUDITOR }) { link } }',
    {},
    owner,
  )
  const invitation = canaries.add('invitation', String(invited.inviteMember?.link).match(/[\w-]+$/)?.[0])
  await ask('mutation ($input: AcceptInvitationInput!) { acceptInvitation(input: $input) { sessionToken } }', {
    input: { token: invitation, password: canaries.password('password of an invited member') },
  })
  const second = canaries.add('second session token', (await signIn(added.email, added.password)).signIn?.sessionToken)
  await ask(
    'mutation ($input: ChangePasswordInput!) { changePassword(input: $input) { ok } }',
    { input: { currentPassword: added.password, newPassword: canaries.password('changed password') } },
    second,
  )

  const created = await ask(
    'mutation { createApp(input: { name: "Canary", scopes: ["/chatelaine/audit/read"] }) { app { id clientId } clientSecret } }',
    {},
    owner,
  )
  const { id, clientId } = Object(created.createApp).app as { id: string; clientId: string }
  const secret = canaries.add('client secret', created.createApp?.clientSecret)
  const rotated = await ask(
    'mutation ($id: ID!) { rotateSecret(input: { appId: $id, gracePeriod: "PT1H" }) { clientSecret } }',
    { id },
    owner,
  )
  const newSecret = canaries.add('rotated client secret', rotated.rotateSecret?.clientSecret)
  const keyed = { appId: id, gracePeriod: 'PT1H', idempotencyKey: 'canary' }
  const again = 'mutation ($input: RotateSecretInput!) { rotateSecret(input: $input) { clientSecret clientSecretJwe } }'
  const remembered = (await ask(again, { input: keyed }, owner)).rotateSecret?.clientSecret
  canaries.add('remembered client secret', remembered)
  expect((await ask(again, { input: keyed }, owner)).rotateSecret?.clientSecret).toBe(remembered)
  const { publicKey, privateKey } = generateKeyPairSync('x25519')
  const sealed = { ...keyed, idempotencyKey: 'sealed canary', encryptTo: publicKey.export({ format: 'jwk' }) }
  const { clientSecretJwe } = (await ask(again, { input: sealed }, owner)).rotateSecret ?? {}
  const { plaintext } = await compactDecrypt(String(clientSecretJwe), privateKey)
  canaries.add('encrypted client secret', new TextDecoder().decode(plaintext))
  const mistaken = { ...sealed, encryptTo: privateKey.export({ format: 'jwk' }) }
  canaries.add('private key sent by mistake', mistaken.encryptTo.d)
  expect(await ask(again, { input: mistaken }, owner)).toEqual({
    rotateSecret: { clientSecret: null, clientSecretJwe: null },
  })
  const grant = (parameters: Record<string, string>, headers: Record<string, string> = {}, query = '') =>
    fetch(`${gateway.url}/oauth/token${query}`, {
      method: 'POST',
      headers,
      body: new URLSearchParams({ grant_type: 'client_credentials', ...parameters }),
    })
  const basic = { authorization: `Basic ${Buffer.from(`${clientId}:${secret}`).toString('base64')}` }
  const byForm = await grant({ client_id: clientId, client_secret: newSecret })
  const access = canaries.add('access token', ((await byForm.json()) as { access_token: string }).access_token)
  const byBasic = await grant({}, basic)
  canaries.add('second access token', ((await byBasic.json()) as { access_token: string }).access_token)

  // The same where it goes wrong: in the wrong place, malformed, too early, too late.
  await grant({ client_secret: newSecret }, basic)
  await grant({}, {}, `?client_id=${clientId}&client_secret=${secret}`)
  await grant({ client_id: clientId, client_secret: secret, scope: secret, resource: access })
  for (const body of [`{"query": "${password}`, JSON.stringify({ query: `{ ${newSecret} }`, [access]: password })])
    await fetch(`${gateway.url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  await ask('mutation ($input: SignInInput!) { signIn(input: $input) { sessionToken } }', {
    input: { email, password: [password] },
  })
  await ask('{ viewer { role } }', {}, `${access}x`)
  await ask('{ viewer { role } }', {}, `${owner}x`)
  await ask('{ apps { totalCount } }', {}, access)
  await fetch(`${gateway.url}/graphql?${new URLSearchParams({ query: `{ app(id: "${secret}") { id } }` })}`)
  await using socket = subscribe(gateway.url, access, feed)
  await using stream = await subscribeSse(gateway.url, owner, feed)
  await Promise.all([socket.next(), stream.next()])
  await using refused = subscribe(gateway.url, `${owner}x`, feed)
  await expect(refused.next()).rejects.toMatchObject({ code: 4401 })
  await ask('mutation { signOut { ok } }', {}, owner)
}

test('no password, token or secret is written anywhere: output, tables, history, files', { timeout: 60_000 }, async ({
  engine,
}) => {
  await using database = await ownDatabase(engine)
  const canaries = new Canaries()
  await using gateway = await spawnGateway({ ...database.env, LOG_LEVEL: 'trace' })
  await useEverything(gateway, canaries)
  expect(await gateway.kill('SIGTERM')).toEqual({ code: 0, signal: null })
  expect(canaries.found.size).toBe(17)
  expect(canaries.in([gateway.stdout(), gateway.stderr()])).toEqual([])
  const contents = await database.contents()
  expect(canaries.in(contents)).toEqual([])

  // The search does find: what is meant to be there, in a table as in the history.
  const sought = new Canaries()
  sought.add('e-mail', 'three@example.com')
  sought.add('type of event', 'SECRET_ROTATED')
  expect(sought.in(contents)).toEqual(['e-mail', 'type of event'])
})
