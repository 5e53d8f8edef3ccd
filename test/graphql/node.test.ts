import { expect, test } from '../support/index.ts'

test('the same id may be asked for any number of times in one operation', async ({ gateway, token }) => {
  type Made = { createApp: { app: { id: string }; secret: { id: string } } }
  const { body } = await gateway.graphql<Made>(
    'mutation { createApp(input: { name: "Billing", scopes: [] }) { app { id } secret { id } } }',
    {},
    token,
  )
  const product = Buffer.from('Product:chatelaine').toString('base64')
  const scope = Buffer.from('Scope:/chatelaine/apps/list').toString('base64')
  for (const id of [body.data?.createApp.app.id, body.data?.createApp.secret.id, product, scope])
    expect(
      await gateway.graphql(
        'query ($id: ID!) { nodes(ids: [$id, $id]) { id } one: node(id: $id) { id } two: node(id: $id) { id } }',
        { id },
        token,
      ),
    ).toMatchObject({ body: { data: { nodes: [{ id }, { id }], one: { id }, two: { id } } } })
})
