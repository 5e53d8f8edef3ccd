import { request } from 'node:http'
import { WebSocket } from 'ws'
import { type GraphQLBody, type Subscription, subscribe, type TestGateway } from '../support/index.ts'

export type Answered<Data> = { status: number; setCookie: string[]; body: GraphQLBody<Data> }
type Headers = Record<string, string>

/** What a page of our own origin sends along with its requests. */
export const OWN_PAGE = { 'sec-fetch-site': 'same-origin' }

/** Posts GraphQL with whatever headers a test needs, Host included, which fetch would choose itself. */
export function post<Data = Record<string, unknown>>(
  url: string,
  headers: Headers,
  query: string,
  variables: Record<string, unknown> = {},
): Promise<Answered<Data>> {
  const { promise, resolve, reject } = Promise.withResolvers<Answered<Data>>()
  const sent = { 'content-type': 'application/json', ...headers }
  const asked = request(`${url}/graphql`, { method: 'POST', headers: sent }, async (response) => {
    let text = ''
    for await (const chunk of response.setEncoding('utf8')) text += chunk
    const { statusCode: status = 0, headers: answered } = response
    resolve({ status, setCookie: answered['set-cookie'] ?? [], body: JSON.parse(text) as GraphQLBody<Data> })
  })
  asked.on('error', reject).end(JSON.stringify({ query, variables }))
  return promise
}

export const SIGN_IN = `mutation ($input: SignInInput!) {
  signIn(input: $input) { sessionToken viewer { role actor { ... on User { email } } } errors { code } }
}`
export type SignInData = { signIn: { sessionToken: string | null; viewer: object | null; errors: object[] } }

export function admin({ env }: TestGateway): { input: { email: string; password: string } } {
  return { input: { email: env.ADMIN_EMAIL ?? '', password: env.ADMIN_PASSWORD ?? '' } }
}

/** Signs the first owner in as our own page does. @returns the cookie, as the browser sends it back */
export async function signInAsPage(gateway: TestGateway, headers: Headers = {}): Promise<string> {
  const { setCookie } = await post(gateway.url, { ...OWN_PAGE, ...headers }, SIGN_IN, admin(gateway))
  return setCookie[0]?.split(';')[0] ?? ''
}

const FEED = 'subscription { auditEvents(heartbeat: "PT5S", begin: NOW) { live } }'

/** Follows the history over a WebSocket whose handshake has these headers. */
export function follow(
  gateway: TestGateway,
  headers: Headers,
  connectionParams: Record<string, unknown> = {},
): Subscription<{ auditEvents: { live: boolean } }> {
  class WithHeaders extends WebSocket {
    constructor(address: string, protocols: string[]) {
      super(address, protocols, { headers })
    }
  }
  return subscribe(gateway.url, null, FEED, {}, { webSocketImpl: WithHeaders, connectionParams })
}

/** The status with which a WebSocket's handshake is refused; 101 where it is not. */
export function handshake(gateway: TestGateway, headers: Headers): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  const socket = new WebSocket(`${gateway.url.replace(/^http/, 'ws')}/graphql`, 'graphql-transport-ws', { headers })
  socket.on('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0))
  socket.on('open', () => {
    socket.terminate()
    resolve(101)
  })
  socket.on('error', reject)
  return promise
}
