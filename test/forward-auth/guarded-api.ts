import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { type IncomingMessage, request } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { startTestGateway, type TestGateway, tempFolder } from '../support/index.ts'
import { grant, newApp, type OAuthApp } from '../tokens/oauth.ts'

export const HOST = 'api.acme.example'
export const API = `https://${HOST}`
export const OTHER_API = 'https://billing.acme.example'
export const LIST = '/acme/store/orders/list'
export const CREATE = '/acme/store/orders/create'
export const READ = '/acme/store/orders/read'
export const DELETE = '/acme/store/orders/delete'
const HEALTH = '/acme/store/health/read'

const scope = (name: string, method: string, path: string) => {
  const [, , product = '', resource = '', action = ''] = name.split('/')
  return { name, product, resource, action, endpoints: [{ method, host: HOST, path }] }
}
export const catalogue = {
  products: [{ name: 'store', title: 'Store' }],
  scopes: [
    scope(LIST, 'GET', '/v1/orders'),
    scope('/acme/store/orders/search', 'GET', '/v1/orders'),
    scope(CREATE, 'POST', '/v1/orders'),
    scope(READ, 'GET', '/v1/orders/{order}'),
    scope(DELETE, 'DELETE', '/v1/orders/{order}'),
    scope('/acme/store/orders.files/read', 'GET', '/v1/orders/{order}/files/caf%C3%A9'),
    scope(HEALTH, 'GET', '/'),
  ],
}

/** A gateway that guards an API, and an app that may list and read its orders. */
export type GuardedApi = AsyncDisposable & {
  gateway: TestGateway
  /** Of the first owner. */
  session: string
  app: OAuthApp
  /** Of the app, for the API. */
  token: string
  /** Of another app, whose token opens all of the API. */
  tokenForAll: string
}

export async function guardedApi(env: Record<string, string> = {}): Promise<GuardedApi> {
  await using opened = new AsyncDisposableStack()
  const folder = opened.use(await tempFolder())
  const file = join(folder.path, 'scopes.json')
  await writeFile(file, JSON.stringify(catalogue))
  const settings = { TRUST_PROXY: '127.0.0.1', RESOURCES: `${API}, ${OTHER_API}`, SCOPES_FILE: file, ...env }
  const gateway = opened.use(await startTestGateway({ env: settings }))
  const session = await gateway.signIn()
  const app = await newApp(gateway, session, [LIST, READ])
  const token = await grant(gateway.url, app)
  const tokenForAll = await grant(gateway.url, await newApp(gateway, session, ['/acme/store/*']))
  const toClose = opened.move()
  return { gateway, session, app, token, tokenForAll, [Symbol.asyncDispose]: () => toClose.disposeAsync() }
}

export type Asked = { status: number; headers: Record<string, string>; body: Record<string, unknown> | null }
export type Headers = Record<string, string | string[]>

/** Of a client's request, as Caddy and Traefik tell it. */
export const forwarded = (method: string, uri: string, token?: string): Headers => ({
  'x-forwarded-method': method,
  'x-forwarded-host': HOST,
  'x-forwarded-uri': uri,
  ...(token !== undefined && { authorization: `Bearer ${token}` }),
})

/** As a proxy asks, with these headers and no others. @param query with its `?` */
export async function ask(url: string, headers: Headers, query = '', method = 'GET'): Promise<Asked> {
  const asked = request(`${url}/forward-auth${query}`, { method, headers }).end()
  const [response] = (await once(asked, 'response')) as [IncomingMessage]
  const { date: _date, connection: _connection, 'keep-alive': _keepAlive, ...shown } = response.headers
  const body = await text(response)
  return {
    status: response.statusCode ?? 0,
    headers: Object.fromEntries(Object.entries(shown).map(([name, value]) => [name, String(value)])),
    body: body === '' ? null : (JSON.parse(body) as Record<string, unknown>),
  }
}

/** What each refusal has, whatever it is for. */
export function refusal(status: 401 | 403, challenge: string, body: object) {
  return {
    status,
    headers: { 'cache-control': 'no-store', 'www-authenticate': challenge },
    body,
  }
}
export const INVALID_REQUEST = 'Bearer realm="chatelaine", error="invalid_request"'
export const INVALID_TOKEN = 'Bearer realm="chatelaine", error="invalid_token"'
