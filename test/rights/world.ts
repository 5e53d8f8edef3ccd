import { permissions } from '../../src/caller.ts'
import type { GraphQLBody, TestGateway } from '../support/index.ts'

/**
 * Who asks. `with` and `without` are tokens of one app, with the permission that the field needs, or all but that;
 * `self` is an app that may rotate its own secret, and asks about others (itself.test.ts: about itself).
 */
export const askers = [
  'OWNER',
  'ADMIN',
  'DEVELOPER',
  'AUDITOR',
  'stranger',
  'with',
  'without',
  'nobody',
  'self',
] as const
export type Asker = (typeof askers)[number]

/** Ids for what is asked: of things that are there, or of none (missingIds). What ends a thing asks for a `new` one. */
export type Ids = {
  account(): Promise<string>
  app(): Promise<string>
  newApp(): Promise<string>
  clientId(): Promise<string>
  secret(): Promise<string>
  newOldSecret(): Promise<string>
  /** An app and its current secret, which took the place of one that lives. */
  newRotation(): Promise<{ appId: string; secretId: string }>
  key(): Promise<string>
  newKey(): Promise<string>
  event(): Promise<string>
  member(): Promise<string>
  user(): Promise<string>
  newUser(): Promise<string>
  invitation(): Promise<string>
  newInvitation(): Promise<string>
  session(): Promise<string>
  newSession(): Promise<string>
}

/** An account with an owner, a member of each role, an app; and the owner of another account. */
export type World = {
  ids: Ids
  /** The asker's token: of people their one session, or a new one of a sign-in. */
  tokenOf(asker: Asker, permission: string | null): Promise<string | undefined>
  newTokenOf(asker: Asker): Promise<string | undefined>
  credentialsOf(asker: Asker): { email: string; password: string } | null
  ownAccountOf(asker: Asker): Promise<string>
  invitationToken(): Promise<string>
  /** What stands in no answer to the stranger. */
  traces: readonly string[]
}

const PASSWORD = 'twelve chars'
/** RFC 8037 Appendix A.2. */
export const PUBLIC_KEY = { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' }
const people = ['OWNER', 'ADMIN', 'DEVELOPER', 'AUDITOR', 'stranger']
const emailOf = (asker: string) => `${asker.toLowerCase()}@matrix.example`
export const newEmail = () => `${crypto.randomUUID()}@matrix.example`

export async function createWorld(gateway: TestGateway, first: string): Promise<World> {
  /** Asks as the first owner, and takes the one id, or text, that is asked for. */
  const take = async (query: string, token = first): Promise<string> => {
    const { body } = await gateway.graphql(query, {}, token)
    const texts = textsIn(body.data)
    if (texts.length !== 1 || body.errors) throw new Error(`${query} answered ${JSON.stringify(body)}`)
    return texts[0] ?? ''
  }
  const once = (make: () => Promise<string>) => {
    let made: Promise<string> | null = null
    return () => {
      made ??= make()
      return made
    }
  }
  const add = (email: string, role: string) =>
    take(
      `mutation { addMember(input: { email: "${email}", role: ${role}, password: "${PASSWORD}" }) { member { user { id } } } }`,
    )
  const createApp = (selection: string, scopes: string[] = []) =>
    take(`mutation { createApp(input: { name: "Trace app", scopes: ${JSON.stringify(scopes)} }) { ${selection} } }`)
  const newApp = () => createApp('app { id }')
  const newInvitation = () =>
    take(`mutation { inviteMember(input: { email: "${newEmail()}", role: AUDITOR }) { invitation { id } } }`)
  const app = once(newApp)
  const rotate = async (appId: string) =>
    take(`mutation { rotateSecret(input: { appId: "${appId}", gracePeriod: "PT1H" }) { secret { id } } }`)

  const addKey = async (appId: string) =>
    take(
      `mutation { addAppKey(input: { appId: "${appId}", jwk: { kty: "OKP", crv: "Ed25519", x: "${PUBLIC_KEY.x}" } }) { key { id } } }`,
    )

  const strangerId = await add(emailOf('stranger'), 'AUDITOR')
  for (const role of people.slice(0, 4)) await add(emailOf(role), role)
  const sign = (asker: string) => gateway.signIn({ email: emailOf(asker), password: PASSWORD })
  const sessions = new Map<string, string>()
  for (const asker of people) sessions.set(asker, await sign(asker))
  const newSession = async () => {
    type Sessions = { sessions: { id: string; current: boolean }[] }
    const listed = await gateway.graphql<Sessions>('{ sessions { id current } }', {}, await sign('OWNER'))
    return listed.body.data?.sessions.find(({ current }) => current)?.id ?? ''
  }
  // The stranger makes an account of their own, and leaves this one.
  const theirs = await take(
    'mutation { createAccount(input: { name: "Elsewhere" }) { account { id } } }',
    sessions.get('stranger'),
  )
  await take(
    `mutation { switchAccount(input: { accountId: "${theirs}" }) { viewer { role } } }`,
    sessions.get('stranger'),
  )
  await take(`mutation { removeMember(input: { userId: "${strangerId}" }) { removedUserId } }`)

  const all = permissions.map((name) => `/chatelaine/${name}`)
  const newClient = async (held: string[]) => {
    const { body } = await gateway.graphql<{ createApp: { clientSecret: string; app: { clientId: string } } }>(
      `mutation ($scopes: [String!]!) { createApp(input: { name: "Trace app", scopes: $scopes }) { clientSecret app { clientId } } }`,
      { scopes: held },
      first,
    )
    const { clientSecret = '', app: made } = body.data?.createApp ?? {}
    const credentials = { client_id: made?.clientId ?? '', client_secret: clientSecret }
    return async (scopes: string[]) => {
      const form = new URLSearchParams({
        grant_type: 'client_credentials',
        ...credentials,
        scope: scopes.join(' '),
      })
      const answer = await fetch(`${gateway.url}/oauth/token`, { method: 'POST', body: form })
      return ((await answer.json()) as { access_token: string }).access_token
    }
  }
  const issue = await newClient(all)
  const self = ['/chatelaine/apps.self/rotate-secret']
  const issueSelf = await newClient(self)
  const account = once(() => take('{ viewer { account { id } } }'))
  return {
    traces: ['Trace app', 'Default', 'owner@example.com', ...people.slice(0, 4).map(emailOf)],
    credentialsOf: (asker) => (people.includes(asker) ? { email: emailOf(asker), password: PASSWORD } : null),
    ownAccountOf: async (asker) => (asker === 'stranger' ? theirs : account()),
    invitationToken: async () => {
      const link = await take(`mutation { inviteMember(input: { email: "${newEmail()}", role: AUDITOR }) { link } }`)
      return link.split('#')[1] ?? ''
    },
    newTokenOf: async (asker) => (people.includes(asker) ? sign(asker) : undefined),
    async tokenOf(asker, permission) {
      if (asker === 'with') return issue(permission === null ? all : [`/chatelaine/${permission}`])
      if (asker === 'without') return issue(all.filter((name) => name !== `/chatelaine/${permission}`))
      if (asker === 'self') return issueSelf(self)
      return sessions.get(asker)
    },
    ids: {
      account,
      app,
      newApp,
      clientId: once(() => createApp('app { clientId }')),
      secret: once(async () => take(`{ app(id: "${await app()}") { secrets { id } } }`)),
      newOldSecret: async () => {
        const appId = await newApp()
        const old = await take(`{ app(id: "${appId}") { secrets { id } } }`)
        await rotate(appId)
        return old
      },
      newRotation: async () => {
        const appId = await newApp()
        return { appId, secretId: await rotate(appId) }
      },
      key: once(async () => addKey(await app())),
      newKey: async () => addKey(await newApp()),
      event: once(() => take('{ auditEvents(first: 1) { nodes { id } } }')),
      member: once(() => take('{ viewer { account { members(first: 1) { nodes { id } } } } }')),
      user: once(() => add(newEmail(), 'AUDITOR')),
      newUser: () => add(newEmail(), 'AUDITOR'),
      invitation: once(newInvitation),
      newInvitation,
      session: once(newSession),
      newSession,
    },
  }
}

/** Well formed, of the right types, and of nothing that there is. */
export function missingIds(): Ids {
  const idOf = (type: string) => async () => Buffer.from(`${type}:${crypto.randomUUID()}`).toString('base64')
  return {
    account: idOf('Account'),
    app: idOf('App'),
    newApp: idOf('App'),
    clientId: async () => `ch_${crypto.randomUUID().replaceAll('-', '').slice(0, 26)}`,
    secret: idOf('Secret'),
    newOldSecret: idOf('Secret'),
    newRotation: async () => ({ appId: await idOf('App')(), secretId: await idOf('Secret')() }),
    key: idOf('AppKey'),
    newKey: idOf('AppKey'),
    event: idOf('AuditEvent'),
    member: idOf('Member'),
    user: idOf('User'),
    newUser: idOf('User'),
    invitation: idOf('Invitation'),
    newInvitation: idOf('Invitation'),
    session: idOf('Session'),
    newSession: idOf('Session'),
  }
}

/** What became of one field: OK, the error's code, or null, which is "not found". */
export function outcomeOf(body: GraphQLBody<Record<string, unknown>>, field: string): string {
  const code = body.errors?.[0]?.extensions?.code
  if (code !== undefined) return String(code)
  const value = body.data?.[field]
  if (value === null || (Array.isArray(value) && value.length > 0 && value.every((item) => item === null)))
    return 'null'
  const { errors } = value as { errors?: { code: string }[] }
  return errors?.[0]?.code ?? 'OK'
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : []
}
