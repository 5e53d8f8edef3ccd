import { sql } from 'drizzle-orm'
import { inject } from 'vitest'
import { resetPassword } from '../../src/accounts/index.ts'
import { connectPostgres, type Database } from '../../src/database/index.ts'
import { createSlowHash } from '../../src/slow-hash.ts'
import {
  describe,
  expect,
  startTestGateway,
  subscribe,
  subscribeSse,
  type TestGateway,
  test,
} from '../support/index.ts'

const feed = 'subscription { auditEvents(begin: OLDEST) { node { sequence } } }'
type Feed = { auditEvents: { node: { sequence: number } } }
const PASSWORD = 'correct horse battery'

/** Whose streams are to end, and what ends them. */
type Watching = { gateway: TestGateway; owner: string; db: Database; id: string; secretId: string; email: string }
type Ending = {
  by: 'an app' | 'a person'
  code: 4401 | 4403
  act(watching: Watching): Promise<unknown>
  /** What the same credential gets when it comes back; 401 unless said. */
  again?: 200 | 403
}

const mutation = (input: (watching: Watching) => Record<string, unknown>, name: string, type: string) => {
  const document = `mutation ($input: ${type}!) { ${name}(input: $input) { errors { code message } } }`
  return async (watching: Watching) => {
    const { body } = await watching.gateway.graphql(document, { input: input(watching) }, watching.owner)
    expect(body).toEqual({ data: { [name]: { errors: [] } } })
  }
}
/** Time that passes: as the owner of the tables, because no role of the gateway's own sets a clock. */
const setSession = ({ db, email }: Watching, column: string, value: string) =>
  db.transaction(async (tx) => {
    await tx.execute(sql`set local role none`)
    await tx.execute(sql`update sessions set ${sql.raw(column)} = now() + ${value}::interval
      from users where users.id = sessions.user_id and users.email = ${email}`)
  })

const endings: Record<string, Ending> = {
  'an app that is disabled': {
    by: 'an app',
    code: 4403,
    act: mutation(({ id }) => ({ id, status: 'DISABLED' }), 'updateApp', 'UpdateAppInput'),
  },
  'an app that is deleted': {
    by: 'an app',
    code: 4401,
    act: mutation(({ id }) => ({ id }), 'deleteApp', 'DeleteAppInput'),
  },
  'a scope that is taken': {
    by: 'an app',
    code: 4403,
    again: 403,
    act: mutation(({ id }) => ({ id, scopes: [] }), 'updateApp', 'UpdateAppInput'),
  },
  'a secret that is ended': {
    by: 'an app',
    code: 4401,
    act: mutation(({ id }) => ({ appId: id, gracePeriod: 'PT0S' }), 'rotateSecret', 'RotateSecretInput'),
  },
  'a secret that is switched off': {
    by: 'an app',
    code: 4403,
    act: mutation(({ secretId }) => ({ id: secretId, enabled: false }), 'setSecretEnabled', 'SetSecretEnabledInput'),
  },
  'tokens that are ended': {
    by: 'an app',
    code: 4401,
    act: mutation(({ id }) => ({ appId: id }), 'revokeTokens', 'RevokeTokensInput'),
  },
  'a role that is lowered': {
    by: 'a person',
    code: 4403,
    again: 200, // an auditor may read the history too; rights are taken anew
    act: mutation(({ id }) => ({ userId: id, role: 'AUDITOR' }), 'updateMember', 'UpdateMemberInput'),
  },
  'a member that is removed': {
    by: 'a person',
    code: 4401,
    act: mutation(({ id }) => ({ userId: id }), 'removeMember', 'RemoveMemberInput'),
  },
  'a session that expires': {
    by: 'a person',
    code: 4403,
    act: (watching) => setSession(watching, 'expires_at', '-1 second'),
  },
  'a session that goes idle': {
    by: 'a person',
    code: 4403,
    act: (watching) => setSession(watching, 'last_seen_at', '-13 hours'),
  },
  'a session that is revoked': {
    by: 'a person',
    code: 4401,
    act: async ({ gateway, email }) => {
      const other = await gateway.signIn({ email, password: PASSWORD })
      const own = '{ sessions { id current } }'
      const { body } = await gateway.graphql<{ sessions: { id: string; current: boolean }[] }>(own, {}, other)
      const id = body.data?.sessions.find(({ current }) => !current)?.id
      const revoke = 'mutation ($id: ID!) { revokeSession(input: { id: $id }) { errors { code } } }'
      expect((await gateway.graphql(revoke, { id }, other)).body.data).toEqual({ revokeSession: { errors: [] } })
    },
  },
  'a password that is reset at the command line': {
    by: 'a person',
    code: 4401,
    act: ({ db, email }) => resetPassword(db, email, createSlowHash()),
  },
}

/** @param elsewhere issues its token: each of the two has an address, and so an issuer, of its own */
async function watchedApp(gateway: TestGateway, owner: string, elsewhere: TestGateway) {
  type Made = { createApp: { app: { id: string; clientId: string }; secret: { id: string }; clientSecret: string } }
  const create =
    'mutation { createApp(input: { name: "Watcher", scopes: ["/chatelaine/audit/read"] }) { app { id clientId } secret { id } clientSecret } }'
  const { createApp } = (await gateway.graphql<Made>(create, {}, owner)).body.data ?? {}
  if (!createApp) throw new Error('No app was made.')
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: createApp.app.clientId,
    client_secret: createApp.clientSecret,
  })
  const response = await fetch(`${elsewhere.url}/oauth/token`, { method: 'POST', body })
  const { access_token: token } = (await response.json()) as { access_token: string }
  return { id: createApp.app.id, secretId: createApp.secret.id, email: '', token }
}

async function watchedPerson(gateway: TestGateway, owner: string) {
  const email = `${crypto.randomUUID()}@example.com`
  type Added = { addMember: { member: { user: { id: string } } } }
  const add = 'mutation ($input: AddMemberInput!) { addMember(input: $input) { member { user { id } } } }'
  const input = { email, password: PASSWORD, role: 'DEVELOPER' }
  const added = await gateway.graphql<Added>(add, { input }, owner)
  const id = added.body.data?.addMember.member.user.id ?? ''
  return { id, secretId: '', email, token: await gateway.signIn({ email, password: PASSWORD }) }
}

describe.runIf(inject('engine') === 'postgres')(
  'at a gateway that made no change itself, WebSocket and stream end',
  () => {
    test('for every cause, with its code, and the credential is worth what it says', { timeout: 180_000 }, async ({
      gateway,
      token,
    }) => {
      await using elsewhere = await startTestGateway({ env: gateway.env })
      const connection = connectPostgres(gateway.env.DATABASE_URL ?? '', { max: 1 })
      await using _closing = { [Symbol.asyncDispose]: connection.close }
      for (const [what, { by, code, act, again = 401 }] of Object.entries(endings)) {
        const watched = await (by === 'an app' ? watchedApp : watchedPerson)(gateway, token, elsewhere)
        const socket = subscribe<Feed>(elsewhere.url, watched.token, feed)
        const stream = await subscribeSse<{ data: Feed }>(elsewhere.url, watched.token, feed)
        await Promise.all([socket.next(), stream.next()])
        const told: string[] = []
        const ended = (async () => {
          for await (const { event } of stream) told.push(event)
        })()
        await act({ ...watched, gateway, owner: token, db: connection.db })
        expect((await socket.closed).code, what).toBe(code)
        await ended
        expect(told, what).not.toContain('complete')
        await using back = await subscribeSse(elsewhere.url, watched.token, feed)
        expect(back.status, what).toBe(again)
      }
    })
  },
)
