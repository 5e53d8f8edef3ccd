import postgres from 'postgres'
import { inject } from 'vitest'
import { describe, expect, subscribe, subscribeSse, test } from '../support/index.ts'
import { type Answered, type OnOwnServer, onOwnServer } from './own-server.ts'

const create = { query: 'mutation { createApp(input: { name: "Next", scopes: [] }) { app { id } errors { code } } }' }
const count =
  '{ apps { totalCount } auditEvents(filter: { types: [APP_CREATED] }, first: 100) { nodes { id } } viewer { role } }'
const feed = `subscription ($after: String) {
  auditEvents(after: $after, begin: OLDEST, heartbeat: "PT30S") { cursor node { sequence app { name } } }
}`
const UNAVAILABLE = [{ extensions: { code: 'UNAVAILABLE', retryAfter: 1 } }]

/** Another party, with the rights of the database's owner. */
async function otherParty(
  url: string,
): Promise<{ run: postgres.Sql; lock(table: string): Promise<void> } & AsyncDisposable> {
  const run = postgres(url, { max: 1, onnotice: () => {} })
  await run`select 1`
  const lock = async (table: string) => void (await run.unsafe(`begin; lock table ${table} in access exclusive mode`))
  return { run, lock, [Symbol.asyncDispose]: () => run.end({ timeout: 5 }) }
}

async function counts({ ask }: OnOwnServer): Promise<{ apps: number; events: number }> {
  const { body } = await ask('/graphql', { query: count })
  const data = body.data as { apps: { totalCount: number }; auditEvents: { nodes: unknown[] } }
  return { apps: data.apps.totalCount, events: data.auditEvents.nodes.length }
}
const statusesOf = (answers: Answered[]) => [...new Set(answers.map(({ status }) => status))]
const many = <T>(times: number, work: () => Promise<T>) => Promise.all(Array.from({ length: times }, work))

describe.runIf(inject('engine') === 'postgres')('while another party', { timeout: 90_000 }, () => {
  test('holds the table that tokens need, they are told to come back; then all is as before', async () => {
    await using own = await onOwnServer()
    await using other = await otherParty(own.server.url)
    await other.lock('apps')
    const answers = await many(100, () => own.askToken())
    expect(statusesOf(answers)).toEqual([503])
    expect(Math.max(...answers.map(({ took }) => took))).toBeLessThan(9000)
    await other.run`rollback`
    expect(statusesOf(await many(100, () => own.askToken()))).toEqual([200])
  })

  test('holds what mutations need, more of them than there are sessions stop no token and no query', async () => {
    await using own = await onOwnServer()
    await using other = await otherParty(own.server.url)
    const before = await counts(own)
    await other.lock('audit_heads')
    const mutations = many(20, () => own.ask('/graphql', create))
    let waiting = true
    void mutations.then(() => {
      waiting = false
    })
    do expect((await own.askToken()).status).toBe(200)
    while (waiting)
    for (const { status, retryAfter, body } of await mutations)
      expect([status, retryAfter, body.errors]).toMatchObject([503, '1', UNAVAILABLE])
    await other.run`rollback`

    expect(await counts(own)).toEqual(before)
    const acknowledged = await many(5, () => own.ask('/graphql', create))
    expect(acknowledged.map(({ body }) => body.errors)).toEqual(Array(5).fill(undefined))
    expect(await counts(own)).toEqual({ apps: before.apps + 5, events: before.events + 5 })
  })

  test('holds what a field needs, the rest of the answer comes, and no half event', async () => {
    await using own = await onOwnServer()
    const { ask, gateway, token, server } = own
    await using other = await otherParty(server.url)
    await other.lock('apps')
    const { status, body } = await ask('/graphql', { query: '{ viewer { role } apps { totalCount } }' })
    expect([status, body]).toMatchObject([
      200,
      { data: { viewer: { role: 'OWNER' }, apps: null }, errors: UNAVAILABLE },
    ])

    await using socket = subscribe(gateway.url, token, feed)
    await using stream = await subscribeSse<object>(gateway.url, token, feed)
    const told: object[] = []
    for (let more = true; more; )
      await stream.next().then(
        ({ data }) => told.push(data),
        () => {
          more = false
        },
      )
    expect(told.filter((message) => 'errors' in message)).toEqual([])
    expect(await socket.closed).toEqual({ code: 1013, reason: 'Unavailable' })
    await other.run`rollback`
    await using resumed = subscribe(gateway.url, token, feed)
    const nodes = (await resumed.take(3)).map(({ data }) => data?.auditEvents)
    expect(nodes).toMatchObject([{ node: null }, {}, {}])
  })

  test('takes every connection that the server has, it is as if it were down; then all is as before', async () => {
    await using own = await onOwnServer({ max_connections: '12', superuser_reserved_connections: '0' })
    await using other = await otherParty(own.server.url)
    const taken: postgres.Sql[] = []
    const endGateway = () =>
      other.run`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'chatelaine'`
    const takeOne = async () => {
      const client = postgres(own.server.url, { max: 1, onnotice: () => {} })
      taken.push(client)
      return client`select 1`.then(
        () => true,
        () => false,
      )
    }
    await endGateway()
    while (await takeOne());
    await expect
      .poll(async () => {
        await endGateway()
        while (await takeOne());
        return (await own.askToken()).status
      })
      .toBe(503)
    await Promise.all(taken.map((client) => client.end({ timeout: 5 })))
    await expect.poll(async () => (await own.askToken()).status, { timeout: 10_000 }).toBe(200)
  })
})

describe.runIf(inject('engine') === 'postgres')('while the database takes no writes', { timeout: 90_000 }, () => {
  const reconnect = (run: postgres.Sql) =>
    run`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'chatelaine'`

  test('being read-only, tokens and reads go on and mutations are refused; afterwards it needs no restart', async () => {
    await using own = await onOwnServer()
    await using other = await otherParty(own.server.url)
    await other.run`update sessions set last_seen_at = last_seen_at - interval '2 minutes'` // so that its use would be written
    await other.run`alter database postgres set default_transaction_read_only = on`
    await reconnect(other.run)
    await expect.poll(async () => (await own.askToken()).status).toBe(200)
    expect((await own.ask('/graphql', { query: count })).body).toMatchObject({ data: { viewer: { role: 'OWNER' } } })
    for (let times = 0; times < 2; times++) {
      const { status, body } = await own.ask('/graphql', create)
      expect([status, body.errors]).toMatchObject([503, UNAVAILABLE])
    }
    await other.run`set transaction_read_only = off`
    await other.run`alter database postgres set default_transaction_read_only = off`
    // Sessions of before are read-only still: each is given up when a write finds it so.
    await expect
      .poll(async () => (await own.ask('/graphql', create)).body)
      .toMatchObject({ data: { createApp: { errors: [] } } })
  })

  test('because the disk is full, nothing is half written, and reads go on', async () => {
    await using own = await onOwnServer()
    await using other = await otherParty(own.server.url)
    const before = await counts(own)
    await other.run.unsafe(`
      create function is_full() returns trigger language plpgsql as
        $$ begin raise exception 'could not extend file' using errcode = 'disk_full'; end $$;
      create trigger is_full before insert on audit_events for each row execute function is_full()`)
    const { status, retryAfter, body } = await own.ask('/graphql', create)
    expect([status, retryAfter, body.errors]).toMatchObject([503, '1', UNAVAILABLE])
    expect((await own.askToken()).status).toBe(200)
    expect(await counts(own)).toEqual(before)
    await other.run`drop trigger is_full on audit_events`
    expect((await own.ask('/graphql', create)).status).toBe(200)
    expect(await counts(own)).toEqual({ apps: before.apps + 1, events: before.events + 1 })
  })
})
