import { createPrivateKey, createPublicKey } from 'node:crypto'
import type { LoadRequest } from 'autocannon'
import { createRemoteJWKSet, type JWTVerifyGetKey, jwtVerify } from 'jose'
import { fillBetterAuth, fillOidcProvider } from './peers/fill.ts'
import { installPeers } from './peers/install.ts'
import { fillDatabase, SCOPES } from './support/clients.ts'
import { alternate, type Contender, describeRounds, processorRatio, type Round, rateRatio } from './support/rounds.ts'
import { createScratchDatabase } from './support/scratch-database.ts'
import { type ServerProcess, startServer } from './support/server-process.ts'
import { tokenRequest } from './support/token-request.ts'
import { askForToken, startBaseline, startGateway } from './support/token-servers.ts'

const CLIENTS = 1000
const ROUNDS = 6
const BASELINE = 'bare node:http'
const RESOURCE = 'https://api.localhost'

/**
 * Grants per second of node-oidc-provider and better-auth beside Chatelaine, as a ratio to the bare node:http server of
 * the bench `token`. The same clients, each peer on a database of its own, by turns; the ratios count. Each is asked in
 * the plainest form that it answers with a JWT of the client's three scopes.
 */
export async function benchPeers(): Promise<void> {
  await installPeers()
  await using database = await createScratchDatabase()
  const filled = await fillDatabase(database.url, CLIENTS)
  const plain = filled.clients.map(tokenRequest)
  const requestsFor = (path: string, extra: string): LoadRequest[] =>
    plain.map((request) => ({ ...request, path, body: request.body + extra }))

  await using ours = await startGateway(database.url, filled)
  await using baseline = await startBaseline(database.url, filled)
  await using databaseOfOidcProvider = await createScratchDatabase()
  await using oidcProvider = await startPeer('bench/peers/oidc-provider-server.ts', databaseOfOidcProvider.url)
  await fillOidcProvider(databaseOfOidcProvider.url, filled.clients, SCOPES)
  await using databaseOfBetterAuth = await createScratchDatabase()
  await using betterAuth = await startPeer('bench/peers/better-auth-server.ts', databaseOfBetterAuth.url)
  await fillBetterAuth(databaseOfBetterAuth.url, filled.clients, SCOPES)

  const contenders = {
    [BASELINE]: { server: baseline, requests: plain },
    Chatelaine: { server: ours, requests: plain },
    'oidc-provider': {
      server: oidcProvider,
      requests: requestsFor('/token', `&scope=${encodeURIComponent(SCOPES.join(' '))}`),
    },
    'better-auth': {
      server: betterAuth,
      requests: requestsFor('/api/auth/oauth2/token', `&resource=${encodeURIComponent(RESOURCE)}`),
    },
  }
  const published = (url: string) => createRemoteJWKSet(new URL(url))
  const signing = Buffer.from(filled.keys.tokenSigning[0]?.bytes ?? [])
  const keyOfBaseline = createPublicKey(createPrivateKey({ key: signing, format: 'der', type: 'pkcs8' }))
  await checkToken(contenders[BASELINE], async () => keyOfBaseline)
  await checkToken(contenders.Chatelaine, published(`${ours.url}/.well-known/jwks.json`))
  await checkToken(contenders['oidc-provider'], published(`${oidcProvider.url}/jwks`))
  await checkToken(contenders['better-auth'], published(`${betterAuth.url}/api/auth/jwks`))

  const rounds = await alternate(contenders, ROUNDS)
  const lines = Object.entries(rounds).flatMap(([name, own]) => [
    describeRounds(name, own),
    ...(name === BASELINE ? [] : [`${' '.repeat(16)} ${describeRatio(own, rounds[BASELINE])}`]),
  ])
  process.stdout.write(
    [
      `${CLIENTS} clients, 40 connections, ${ROUNDS} rounds of 4 s each by turns; median (least–greatest)`,
      ...lines,
      '',
    ].join('\n'),
  )
}

function describeRatio(rounds: readonly Round[], baseline: readonly Round[]): string {
  const byProcessor = processorRatio(rounds, baseline)
  return `ratio ${rateRatio(rounds, baseline)}${byProcessor === null ? '' : `, by processor ${byProcessor}`}`
}

function startPeer(file: string, databaseUrl: string): Promise<ServerProcess> {
  return startServer(file, { DATABASE_URL: databaseUrl, SCOPES: SCOPES.join(' '), RESOURCE })
}

/** A comparison of servers that do not do the same would say nothing: a signed JWT of this client, with all its scopes. */
async function checkToken({ server, requests }: Contender, keys: JWTVerifyGetKey): Promise<void> {
  const [request] = requests
  if (!request) throw new Error('There are no clients.')
  const answer = await askForToken(server, request)
  const { payload } = await jwtVerify(String(answer.access_token), keys, { algorithms: ['ES256'], typ: 'at+jwt' })
  const clientId = new URLSearchParams(request.body).get('client_id')
  if (payload.client_id !== clientId || payload.sub !== clientId)
    throw new Error(`${server.url} answers a token of another client.`)
  const granted = String(payload.scope).split(' ').sort().join(' ')
  if (granted !== SCOPES.toSorted().join(' ')) throw new Error(`${server.url} grants ${granted}.`)
}
