import { test as base, expect, subscribe } from '../support/index.ts'
import { type Row, rows } from './rows.ts'
import { createWorld, missingIds, type World } from './world.ts'

const test = base.extend<{ $file: { world: World } }>({
  world: [async ({ gateway, token }, use) => use(await createWorld(gateway, token)), { scope: 'file' }],
})

test.for(rows.filter(({ byId }) => byId).map((row): [string, Row] => [row.name, row]))(
  "%s answers another account's id byte for byte as one that there is not",
  async ([_name, row], { gateway, token, world }) => {
    const stranger = await world.tokenOf('stranger', null)
    const answer = async (variables: Record<string, unknown>, as = stranger) => {
      const response = await fetch(`${gateway.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${as}` },
        body: JSON.stringify({ query: row.query, variables }),
      })
      return { status: response.status, type: response.headers.get('content-type'), text: await response.text() }
    }
    const foreign = await row.variables(world.ids, 'OWNER', null)
    const history = await gateway.graphql('{ auditEvents(last: 1) { nodes { id } } }', {}, token)
    const refused = await answer(foreign)
    expect(refused.status).toBe(200)
    expect(await answer(await row.variables(missingIds(), 'OWNER', null))).toEqual(refused)
    const text = JSON.stringify(foreign)
    expect(await answer(JSON.parse(text.replaceAll(/"[A-Za-z0-9+/=_-]{20,}"/g, '"rubbish"')))).toEqual(refused)
    // Nothing was written into the account that it belongs to.
    expect(await gateway.graphql('{ auditEvents(last: 1) { nodes { id } } }', {}, token)).toMatchObject({
      body: history.body,
    })
  },
)

test.for<[string, string, (world: World) => Promise<string>]>([
  ['apps by who made them', 'apps(filter: { createdBy: "ID" }) { nodes { id } totalCount }', ({ ids }) => ids.user()],
  ['events by app', 'auditEvents(filter: { appId: "ID" }) { nodes { id } }', ({ ids }) => ids.app()],
  ['events by actor', 'auditEvents(filter: { actorId: "ID" }) { nodes { id } }', ({ ids }) => ids.user()],
])(
  "a filter of %s with another account's id matches nothing, as one that there is not",
  async ([_what, field, id], { gateway, world }) => {
    const stranger = await world.tokenOf('stranger', null)
    const answer = async (value: string) =>
      (await gateway.graphql(`{ ${field.replace('ID', value)} }`, {}, stranger)).body
    const missing = await missingIds().app()
    const nothing = await answer(missing)
    expect(JSON.stringify(nothing)).toMatch(/^\{"data":\{"\w+":\{"nodes":\[\](,"totalCount":0)?\}\}\}$/)
    for (const value of [await id(world), 'rubbish', '']) expect(await answer(value)).toEqual(nothing)
  },
)

test("a feed filtered by another account's app tells nothing of its past", async ({ gateway, world }) => {
  const stranger = (await world.tokenOf('stranger', null)) ?? ''
  const feed =
    'subscription ($id: ID) { auditEvents(filter: { appId: $id }, begin: OLDEST, heartbeat: "PT5S") { node { id } live } }'
  await using subscription = subscribe(gateway.url, stranger, feed, { id: await world.ids.app() })
  expect(await subscription.take(2)).toEqual(
    [false, true].map((live) => ({ data: { auditEvents: { node: null, live } } })),
  )
})
