import { expect, startTestGateway, type TestGateway, test } from '../support/index.ts'
import type { Window } from './browser-like.ts'
import { findChromium, type Script, type SecondOrigin, serveSecondOrigin } from './second-origin.ts'

type Input = { gateway: string; token: string; credentials: { email: string; password: string } }

/** What a page can do with a gateway: with a bearer, with the cookie that its browser has, and over WebSockets. */
const visit: Script<Input, Record<string, unknown>> = async ({ fetch, WebSocket }, { gateway, token, credentials }) => {
  type Init = Parameters<Window['fetch']>[1]
  const ask = async (query: string, init: Init = {}, variables = {}) => {
    const { headers, ...rest } = init
    const all = { 'content-type': 'application/json', ...headers }
    const body = JSON.stringify({ query, variables })
    try {
      const answer = await fetch(`${gateway}/graphql`, { method: 'POST', headers: all, body, ...rest })
      const { data } = (await answer.json()) as { data?: unknown }
      return { status: answer.status, challenge: answer.headers.get('www-authenticate'), data }
    } catch (error) {
      return String(error).split(':')[0]
    }
  }
  const follow = (params: object) =>
    new Promise((resolve) => {
      const socket = new WebSocket(`${gateway.replace('http', 'ws')}/graphql`, 'graphql-transport-ws')
      const query = 'subscription { auditEvents(heartbeat: "PT5S") { live } }'
      socket.onopen = () => socket.send(JSON.stringify({ type: 'connection_init', payload: params }))
      socket.onerror = () => {} // its close follows
      socket.onclose = () => resolve('closed')
      socket.onmessage = ({ data }) => {
        const { type, payload } = JSON.parse(String(data))
        if (type === 'connection_ack') socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query } }))
        else {
          resolve(payload?.errors?.[0].extensions.code ?? type)
          socket.close()
        }
      }
    })
  const viewer = '{ viewer { role } }'
  const create = 'mutation { createApp(input: { name: "Sneaked in", scopes: [] }) { errors { code } } }'
  const signIn = 'mutation ($input: SignInInput!) { signIn(input: $input) { viewer { role } sessionToken } }'
  const bearer = { authorization: `Bearer ${token}` }
  return {
    signIn: await ask(signIn, {}, { input: credentials }),
    bearer: await ask(viewer, { headers: bearer }),
    deadBearer: await ask(viewer, { headers: { authorization: 'Bearer chs_gone' } }),
    account: await ask(viewer, { headers: { ...bearer, 'x-chatelaine-account': 'rubbish' } }),
    nobody: await ask(viewer),
    cookie: await ask(create, { credentials: 'include' }),
    simpleRequest: await ask(create, { credentials: 'include', headers: { 'content-type': 'text/plain' } }),
    socketByBearer: await follow(bearer),
    socketByCookie: await follow({}),
  }
}

const seenByAllowed = {
  signIn: {
    status: 200,
    challenge: null,
    data: { signIn: { viewer: { role: 'OWNER' }, sessionToken: expect.stringMatching(/^chs_/) } },
  },
  bearer: { status: 200, challenge: null, data: { viewer: { role: 'OWNER' } } },
  deadBearer: { status: 401, challenge: expect.stringContaining('invalid_token') },
  account: { status: 409, challenge: null },
  nobody: { status: 200, challenge: null, data: { viewer: null } },
  cookie: 'TypeError',
  simpleRequest: 'TypeError',
  socketByBearer: 'next',
  socketByCookie: 'UNAUTHENTICATED',
}
const seenByOthers = Object.fromEntries(
  Object.keys(seenByAllowed).map((name) => [name, name.startsWith('socket') ? 'closed' : 'TypeError']),
)

type Run = (page: SecondOrigin, cookie: string, input: Input) => Promise<Record<string, unknown>>

/** The allowed origin's page and another's do what they can, while their browser has a cookie that opens everything. */
async function expectOrigins(run: Run): Promise<void> {
  await using allowed = await serveSecondOrigin()
  await using other = await serveSecondOrigin()
  await using gateway = await startTestGateway({ env: { ALLOWED_ORIGINS: allowed.origin } })
  const token = await gateway.signIn()
  const cookie = `chatelaine=${await gateway.signIn()}`
  const credentials = { email: gateway.env.ADMIN_EMAIL ?? '', password: gateway.env.ADMIN_PASSWORD ?? '' }
  const input = { gateway: gateway.url, token, credentials }
  expect(await run(allowed, cookie, input)).toEqual(seenByAllowed)
  expect(await run(other, cookie, input)).toEqual(seenByOthers)
  expect(await appsOf(gateway, token)).toEqual([])
}

async function appsOf(gateway: TestGateway, token: string) {
  const { body } = await gateway.graphql<{ apps: { nodes: object[] } }>('{ apps { nodes { name } } }', {}, token)
  return body.data?.apps.nodes
}

const TITLE = 'a page of ALLOWED_ORIGINS calls with a bearer, never with the cookie, and no other page at all'

test(`${TITLE} (a browser-like client)`, { timeout: 40_000 }, async () => {
  await expectOrigins((page, cookie, input) => page.inBrowserLike(cookie, visit, input))
})

test(`${TITLE} (Chromium)`, { timeout: 60_000 }, async ({ skip }) => {
  const chromium = findChromium()
  if (!chromium) return skip('There is no Chromium: install one, or say where it is in CHROMIUM.')
  await expectOrigins((page, cookie, input) => page.inBrowser(chromium, cookie, visit, input))
})
