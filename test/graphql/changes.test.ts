import { expect, subscribe, test } from '../support/index.ts'

type Secret = { id: string; hint: string }
type Event = { secretId: string | null; changes: { field: string; before: unknown; after: unknown }[] }
const EVENTS =
  '{ auditEvents(filter: { types: [APP_CREATED, SECRET_ROTATED] }) { nodes { secretId changes { field before after } } } }'
const FEED =
  'subscription { auditEvents(begin: OLDEST, filter: { types: [SECRET_ROTATED] }) { node { secretId changes { field before after } } } }'

test('ids in the changes of an event are ids of this API, in the list and in the feed', async ({ gateway, token }) => {
  const create = 'mutation { createApp(input: { name: "Billing", scopes: [] }) { app { id } secret { id hint } } }'
  type Created = { createApp: { app: { id: string }; secret: Secret } }
  const created = (await gateway.graphql<Created>(create, {}, token)).body.data?.createApp
  const rotate = `mutation ($id: ID!) { rotateSecret(input: { appId: $id, gracePeriod: "PT1H" }) { secret { id hint } } }`
  type Rotated = { rotateSecret: { secret: Secret } }
  const rotated = await gateway.graphql<Rotated>(rotate, { id: created?.app.id }, token)
  const [old, current] = [created?.secret, rotated.body.data?.rotateSecret.secret]

  const { body } = await gateway.graphql<{ auditEvents: { nodes: Event[] } }>(EVENTS, {}, token)
  const [made, changed] = body.data?.auditEvents.nodes ?? []
  expect(made?.changes).toContainEqual({ field: 'secret', before: null, after: old })
  const rotation = { secretId: old?.id, changes: [{ field: 'secret', before: old, after: current }] }
  expect(changed).toEqual(rotation)
  await using feed = subscribe(gateway.url, token, FEED)
  expect(await feed.next()).toEqual({ data: { auditEvents: { node: rotation } } })

  const node = '{ node(id: "ID") { ... on Secret { id hint } } }'.replace('ID', changed?.secretId ?? '')
  expect((await gateway.graphql(node, {}, token)).body.data).toEqual({ node: old })
})
