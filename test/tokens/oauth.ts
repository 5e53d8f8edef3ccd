import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { test as base, startTestGateway, type TestGateway } from '../support/index.ts'

/** As the file's gateway, with a proxy before it: `post` comes from another address each time. */
const TRUST_PROXY = '127.0.0.1'

/** Failed attempts of one test count for no other. */
export const test = base.extend<{ $file: { gateway: TestGateway; token: string } }>({
  gateway: [
    // biome-ignore lint/correctness/noEmptyPattern: Vitest reads from the pattern which fixtures are asked for
    async ({}, use) => {
      await using gateway = await startTestGateway({ env: { TRUST_PROXY } })
      await use(gateway)
    },
    { scope: 'file' },
  ],
  token: [async ({ gateway }, use) => use(await gateway.signIn()), { scope: 'file' }],
})

/** An app as who uses it knows it. */
export type OAuthApp = { id: string; clientId: string; secret: string }
/** The whole answer of an OAuth endpoint but for its date. */
export type OAuthAnswer = { status: number; headers: Record<string, string>; body: Record<string, unknown> }
export type Parameters = Record<string, string> | [string, string][] | string

/** A new app of the account that the session works in. */
export async function newApp(gateway: TestGateway, session: string, scopes: string[] = []): Promise<OAuthApp> {
  type Created = { createApp: { app: { id: string; clientId: string } | null; clientSecret: string } }
  const { body } = await gateway.graphql<Created>(
    'mutation ($scopes: [String!]!) { createApp(input: {name: "Client", scopes: $scopes}) { app { id clientId } clientSecret } }',
    { scopes },
    session,
  )
  const { app, clientSecret } = body.data?.createApp ?? {}
  if (!app || !clientSecret) throw new Error(`The app was not created: ${JSON.stringify(body)}`)
  return { ...app, secret: clientSecret }
}

/** The session of the owner of a new account. */
export async function newTenant(gateway: TestGateway): Promise<string> {
  const session = await gateway.signIn()
  type Created = { createAccount: { account: { id: string } } }
  const create = 'mutation { createAccount(input: { name: "Elsewhere" }) { account { id } } }'
  const { body } = await gateway.graphql<Created>(create, {}, session)
  const accountId = body.data?.createAccount.account.id
  const move = 'mutation ($accountId: ID!) { switchAccount(input: { accountId: $accountId }) { errors { code } } }'
  await gateway.graphql(move, { accountId }, session)
  return session
}

/**
 * As a client that has not been seen before, for who trusts the proxy (or says so by `x-forwarded-for` itself).
 * @param url of a gateway, without a path @param headers `host` too, which fetch would not send
 */
export async function post(
  url: string,
  path: string,
  parameters: Parameters,
  headers: Record<string, string> = {},
): Promise<OAuthAnswer> {
  const body = typeof parameters === 'string' ? parameters : new URLSearchParams(parameters).toString()
  const form = {
    'content-type': 'application/x-www-form-urlencoded',
    'content-length': Buffer.byteLength(body),
    'x-forwarded-for': `198.18.${randomInt(256)}.${randomInt(256)}`,
  }
  const asked = request(url + path, { method: 'POST', headers: { ...form, ...headers } }).end(body)
  const [response] = (await once(asked, 'response')) as [IncomingMessage]
  const { date: _date, ...shown } = response.headers
  return {
    status: response.statusCode ?? 0,
    headers: Object.fromEntries(Object.entries(shown).map(([name, value]) => [name, String(value)])),
    body: JSON.parse(await text(response)) as Record<string, unknown>,
  }
}

export const basic = ({ clientId, secret }: OAuthApp) => ({
  authorization: `Basic ${Buffer.from(`${clientId}:${secret}`).toString('base64')}`,
})
export const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

/** A token of the app's. */
export async function grant(url: string, app: OAuthApp, parameters: Record<string, string> = {}): Promise<string> {
  const { body } = await post(url, '/oauth/token', { grant_type: 'client_credentials', ...parameters }, basic(app))
  if (typeof body.access_token !== 'string') throw new Error(`No token was granted: ${JSON.stringify(body)}`)
  return body.access_token
}

/** What the app, or the bearer of the headers, is told of a token. */
export function introspect(url: string, token: string, headers: Record<string, string>): Promise<OAuthAnswer> {
  return post(url, '/oauth/introspect', { token }, headers)
}

/** What is inside a token, unverified. */
export function claimsOf(token: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>
}

/** What the history says since a moment, oldest first: at most 50 events. */
export async function lastEvents(gateway: TestGateway, session: string, type: string) {
  type Events = { auditEvents: { nodes: Record<string, unknown>[] } }
  const { body } = await gateway.graphql<Events>(
    `{ auditEvents(last: 50, filter: {types: [${type}]}) { nodes {
      type name description actorType actorName app { id } source sourceIp userAgent requestId changes { field before after } } } }`,
    {},
    session,
  )
  return body.data?.auditEvents.nodes ?? []
}

/** Two gateways on one database, of one issuer: for the second, add its `host` to the headers. */
export type TwoGateways = AsyncDisposable & { first: TestGateway; second: TestGateway; host: { host: string } }

/** On PostgreSQL alone: the embedded database serves one process. */
export async function startTwoGateways(env: Record<string, string> = {}): Promise<TwoGateways> {
  await using opened = new AsyncDisposableStack()
  const first = opened.use(await startTestGateway({ env: { TRUST_PROXY, ...env } }))
  const { publicUrl } = first
  const second = opened.use(await startTestGateway({ env: { ...first.env, PUBLIC_URL: publicUrl } }))
  const toClose = opened.move()
  const { host } = new URL(publicUrl)
  return { first, second, host: { host }, [Symbol.asyncDispose]: () => toClose.disposeAsync() }
}
