import { test as base, expect } from '../support/index.ts'
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
