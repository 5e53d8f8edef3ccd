import { type PostgresServer, startPostgresServer, startTestGateway, type TestGateway } from '../support/index.ts'

/** A gateway on a PostgreSQL server that nobody else uses, and that keeps what it acknowledged; with an app to ask tokens for. */
export type OnOwnServer = AsyncDisposable & {
  server: PostgresServer
  gateway: TestGateway
  /** Of the first owner's session. */
  token: string
  clientId: string
  /** @param at another gateway on the same database */
  askToken(at?: string): Promise<Answered>
  /** Whatever path; `body` makes it a POST of JSON by the first owner. */
  ask(path: string, body?: object, headers?: Record<string, string>): Promise<Answered>
}

export type Answered = {
  status: number
  retryAfter: string | null
  body: Record<string, unknown>
  /** Milliseconds. */
  took: number
}

export async function onOwnServer(settings: Record<string, string> = {}): Promise<OnOwnServer> {
  await using opened = new AsyncDisposableStack()
  const server = opened.use(await startPostgresServer({ synchronous_commit: 'on', ...settings }))
  const gateway = opened.use(await startTestGateway({ env: { DATABASE_URL: server.url } }))
  const token = await gateway.signIn()
  type Created = { createApp: { app: { clientId: string }; clientSecret: string } }
  const create = 'mutation { createApp(input: { name: "App", scopes: [] }) { app { clientId } clientSecret } }'
  const made = (await gateway.graphql<Created>(create, {}, token)).body.data?.createApp
  if (!made) throw new Error('The app was not made.')
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: made.app.clientId,
    client_secret: made.clientSecret,
  })
  const toClose = opened.move()
  return {
    server,
    gateway,
    token,
    clientId: made.app.clientId,
    askToken: (at = gateway.url) => answered(`${at}/oauth/token`, { method: 'POST', body: form }),
    ask: (path, body, headers = {}) =>
      answered(gateway.url + path, {
        method: body ? 'POST' : 'GET',
        headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }), ...headers },
        ...(body && { body: JSON.stringify(body) }),
      }),
    [Symbol.asyncDispose]: () => toClose.disposeAsync(),
  }
}

async function answered(url: string, init: RequestInit): Promise<Answered> {
  const begin = performance.now()
  const response = await fetch(url, init)
  const text = await response.text()
  const body = response.headers.get('content-type')?.includes('json') ? JSON.parse(text) : { text }
  return {
    status: response.status,
    retryAfter: response.headers.get('retry-after'),
    body,
    took: performance.now() - begin,
  }
}
