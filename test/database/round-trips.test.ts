import { sql } from 'drizzle-orm'
import { inject } from 'vitest'
import { findClient } from '../../src/apps/index.ts'
import { connectPostgres, inAccount, inSystem, readAccount, rows } from '../../src/database/index.ts'
import { rehearseToken } from '../../src/tokens/index.ts'
import {
  createPostgresDatabase,
  describe,
  expect,
  newAccount,
  newSigningKeys,
  startTestGateway,
  test,
} from '../support/index.ts'
import { openWire, type Wire } from './wire.ts'

const create = 'mutation { createApp(input: { name: "App", scopes: [] }) { app { clientId } clientSecret } }'
const page = '{ apps(first: 20) { nodes { name scopes { name } secrets { hint status } } } }'

/**
 * The price of work in a session that has done it before: the first time there, each statement costs one more. The least
 * of ten: what the gateway does by itself, a signal to the others, may fall into some of them.
 */
async function priceOf<T>(wire: Wire, work: () => Promise<T>) {
  const prices: ({ value: T } & Awaited<ReturnType<Wire['taken']>>)[] = []
  await wire.taken()
  for (let times = 0; times < 10; times++) prices.push({ value: await work(), ...(await wire.taken()) })
  const costOf = (price: (typeof prices)[number]) => price.roundTrips * 1000 + price.statements.length
  const [least] = prices.toSorted((one, other) => costOf(one) - costOf(other))
  if (!least) throw new Error('Nothing was done.')
  return least
}

describe.runIf(inject('engine') === 'postgres')('what a use of a PostgreSQL server costs', () => {
  test('a transaction begins, becomes its role and asks its first query in one round trip', async ({
    owner,
    databaseUrl,
  }) => {
    await using wire = await openWire(databaseUrl ?? '')
    const { db, close } = connectPostgres(wire.url, { max: 1 })
    const ask = (name: string) => sql`select ${name}::text as name, current_setting('role') as role`

    const account = owner.accountId
    const writing = await priceOf(wire, () => inAccount(db, account, (tx) => rows(tx, ask('writing'))))
    expect(writing.value).toEqual([{ name: 'writing', role: 'chatelaine_member' }])
    expect(writing.statements).toEqual([
      expect.stringMatching(/^begin ; set local role chatelaine_member; /),
      expect.stringMatching(/^select \$1/),
      'commit',
    ])
    expect(writing.roundTrips).toBe(2)

    const reading = await priceOf(wire, () => readAccount(db, account, (tx) => rows(tx, ask('reading'))))
    expect(reading.value).toEqual([{ name: 'reading', role: 'chatelaine_member' }])
    expect(reading.statements[0]).toMatch(
      /^begin isolation level repeatable read read only; set local role chatelaine_member; /,
    )

    const across = await priceOf(wire, () => inSystem(db, (tx) => rows(tx, ask('across'))))
    expect(across.value).toEqual([{ name: 'across', role: 'chatelaine_system' }])
    expect([across.statements.length, across.roundTrips]).toEqual([3, 2])
    await close()
  })

  test('an operation that lists 20 apps with scopes and secrets is one transaction of four statements', async () => {
    await using database = await createPostgresDatabase()
    await using wire = await openWire(database.url)
    await using gateway = await startTestGateway({ env: { DATABASE_URL: wire.url } })
    const token = await gateway.signIn()
    for (let index = 0; index < 20; index++) await gateway.graphql(create, {}, token)

    const { value, statements, roundTrips } = await priceOf(wire, () => gateway.graphql(page, {}, token))
    expect(value.body.data?.apps).toMatchObject({ nodes: Array(20).fill({ secrets: [{ status: 'CURRENT' }] }) })
    expect(statements).toEqual([
      expect.stringContaining('find_session'),
      expect.stringMatching(/^begin isolation level repeatable read read only/),
      expect.stringContaining('from "apps"'),
      expect.stringContaining('from "secrets"'),
      'commit',
    ])
    // The session; BEGIN, role and apps; secrets; and COMMIT, which the answer does not wait for.
    expect(roundTrips).toBe(4)
  })

  test('an access token is one statement and one round trip', async () => {
    await using database = await createPostgresDatabase()
    await using wire = await openWire(database.url)
    await using gateway = await startTestGateway({ env: { DATABASE_URL: wire.url } })
    type Created = { createApp: { app: { clientId: string }; clientSecret: string } }
    const { body } = await gateway.graphql<Created>(create, {}, await gateway.signIn())
    const form = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: body.data?.createApp.app.clientId ?? '',
      client_secret: body.data?.createApp.clientSecret ?? '',
    })
    const ask = () => fetch(`${gateway.url}/oauth/token`, { method: 'POST', body: form })

    const { value, statements, roundTrips } = await priceOf(wire, ask)
    expect(value.status).toBe(200)
    expect(statements).toEqual([expect.stringContaining('find_client')])
    expect(roundTrips).toBe(1)
  })
})

describe.runIf(inject('engine') === 'postgres')('after a rehearsal', () => {
  test('the first token is one round trip: the session is open, and the look-up prepared in it', async ({
    databaseUrl,
  }) => {
    await using wire = await openWire(databaseUrl ?? '')
    const { db, close } = connectPostgres(wire.url)
    const issuer = { url: 'http://localhost', resources: [], keys: newSigningKeys().keys }
    await rehearseToken(db, issuer)
    await wire.taken()
    await findClient(db, 'ch_06h0vqe829stfe1cchkptgnrfm', { secretId: null })
    expect(await wire.taken()).toMatchObject({ statements: [expect.stringContaining('find_client')], roundTrips: 1 })
    await close()
  })
})

describe.runIf(inject('engine') === 'postgres')('where a transaction cannot become its role', () => {
  const everything = sql`select (select count(*) from apps) as apps, ${'text'}::text as parameter`

  test('because BEGIN was refused, its queries see no table, and the next transaction is as ever', async ({
    app,
    owner,
    databaseUrl,
  }) => {
    await using wire = await openWire(databaseUrl ?? '')
    const { db, close } = connectPostgres(wire.url, { max: 1 })
    const read = () => inAccount(db, owner.accountId, (tx) => rows(tx, everything))
    const seen = { apps: '1', parameter: 'text' }
    expect([await read(), app.app.name]).toEqual([[seen], 'Billing'])

    wire.spoil('begin')
    let inside: unknown = null
    const refused = inAccount(db, owner.accountId, async (tx) => {
      inside = await rows(tx, everything).catch((error: Error) => error.cause)
      return 'done'
    })
    await expect(refused).rejects.toMatchObject({ code: '42601' }) // the BEGIN's own error
    expect(inside).toMatchObject({ code: '42601' }) // sent right behind it, as the role between transactions: why it failed is told
    expect(await read()).toEqual([seen])
    await close()
  })

  test('because its settings were refused, its queries are too', async ({ owner, databaseUrl }) => {
    await using wire = await openWire(databaseUrl ?? '')
    const { db, close } = connectPostgres(wire.url, { max: 1 })
    wire.spoil('chatelaine_member')
    let inside: unknown = null
    const refused = inAccount(db, owner.accountId, async (tx) => {
      inside = await rows(tx, everything).catch((error: Error) => error.cause)
    })
    await expect(refused).rejects.toMatchObject({ code: '22023' })
    expect(inside).toMatchObject({ code: '22023' })
    wire.spoil('chatelaine_system')
    await expect(inSystem(db, async () => 'no query at all')).rejects.toMatchObject({ code: '22023' })
    expect(await inSystem(db, (tx) => rows(tx, sql`select 1 as one`))).toEqual([{ one: 1 }])
    await close()
  })

  test('a login that owns the tables waits for it, and asks nothing', async () => {
    await using database = await createPostgresDatabase()
    await using wire = await openWire(database.url)
    const connection = connectPostgres(wire.url, { migrating: true })
    await newAccount(connection.db)
    wire.spoil('begin')
    let asked = false
    const work = inSystem(connection.db, async () => {
      asked = true
    })
    await expect(work).rejects.toMatchObject({ code: '42601' })
    expect(asked).toBe(false)
    await connection.close()
  })
})
