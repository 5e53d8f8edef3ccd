import postgres from 'postgres'
import { inject } from 'vitest'
import { createPostgresDatabase, describe, expect, type SpawnedGateway, spawnGateway, test } from '../support/index.ts'
import { postGraphQL } from '../support/post-graphql.ts'

type Answer = { [field: string]: { app: { id: string }; secret: { id: string }; clientSecret: string } }
type History = { auditEvents: { nodes: { type: string }[] } }

async function signIn({ url, env }: SpawnedGateway): Promise<string> {
  const { body } = await postGraphQL<{ signIn: { sessionToken: string } }>(
    url,
    'mutation ($input: SignInInput!) { signIn(input: $input) { sessionToken } }',
    { input: { email: env.ADMIN_EMAIL, password: env.ADMIN_PASSWORD } },
  )
  return body.data?.signIn.sessionToken ?? ''
}

const send = ({ url }: SpawnedGateway, token: string, field: string, input: object) =>
  postGraphQL<Answer>(
    url,
    `mutation ($input: ${field === 'createApp' ? 'CreateAppInput' : 'RotateSecretInput'}!) {
      ${field}(input: $input) { app { id } secret { id } clientSecret errors { code } }
    }`,
    { input },
    token,
  )

async function typesOf({ url }: SpawnedGateway, token: string): Promise<string[]> {
  const { body } = await postGraphQL<History>(url, '{ auditEvents(first: 100) { nodes { type } } }', {}, token)
  return body.data?.auditEvents.nodes.map(({ type }) => type).filter((type) => type !== 'SIGNED_IN') ?? []
}

/** From here on the commit of what was done under a key takes so long that its gateway can be killed meanwhile. */
const SLOW_COMMITS = `
  create function dawdle() returns trigger language plpgsql as $$ begin perform pg_sleep(1); return null; end $$;
  create constraint trigger dawdle after update on idempotency_keys deferrable initially deferred
    for each row execute function dawdle();`
const COMMITTING = "select 1 from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'"

describe.runIf(inject('engine') === 'postgres')(
  'a gateway that is killed after the commit and before the answer',
  () => {
    test.for(['createApp', 'rotateSecret'])(
      '%s sent again gets the same app and the same secret',
      { timeout: 60_000 },
      async (field) => {
        await using stack = new AsyncDisposableStack()
        const { url } = stack.use(await createPostgresDatabase())
        const sql = stack.adopt(postgres(url, { max: 1, onnotice: () => {} }), (session) => session.end({ timeout: 5 }))
        const first = stack.use(await spawnGateway({ DATABASE_URL: url }))
        const token = await signIn(first)
        const made = await send(first, token, 'createApp', { name: 'Billing', scopes: [] })
        const appId = made.body.data?.createApp?.app.id
        await sql.unsafe(SLOW_COMMITS)
        const input =
          field === 'createApp'
            ? { name: 'Shipping', scopes: [], idempotencyKey: 'one' }
            : { appId, gracePeriod: 'PT0S', idempotencyKey: 'one' }

        let answered = false
        const lost = send(first, token, field, input).then(
          () => {
            answered = true
          },
          () => 'no answer',
        )
        while (!answered && (await sql.unsafe(COMMITTING)).length === 0);
        await first.kill('SIGKILL')
        expect(await lost).toBe('no answer')

        const second = stack.use(await spawnGateway({ ...first.env, PORT: '0' }))
        const [again, another] = [await send(second, token, field, input), await send(second, token, field, input)]
        expect(again.body.data?.[field]).toEqual({
          app: { id: expect.any(String) },
          secret: { id: expect.any(String) },
          clientSecret: expect.stringMatching(/^chtl_/),
          errors: [],
        })
        expect(another.body).toEqual(again.body)
        const done = field === 'createApp' ? 'APP_CREATED' : 'SECRET_ROTATED'
        expect(await typesOf(second, token)).toEqual(['ACCOUNT_CREATED', 'MEMBER_ADDED', 'APP_CREATED', done])
      },
    )
  },
)
