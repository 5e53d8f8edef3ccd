import { expect, startTestGateway, test } from '../support/index.ts'
import { grant, newApp } from '../tokens/oauth.ts'

const query = '{ viewer { mayCreateAccounts } }'

test('people are told that they may create accounts, and an app that it may not', async ({ gateway, token }) => {
  expect((await gateway.graphql(query, {}, token)).body).toEqual({ data: { viewer: { mayCreateAccounts: true } } })
  const app = await newApp(gateway, token, ['/chatelaine/apps/read'])
  const ofApp = await grant(gateway.url, app)
  expect((await gateway.graphql(query, {}, ofApp)).body).toEqual({ data: { viewer: { mayCreateAccounts: false } } })
})

test('where ACCOUNT_CREATION is nobody, nobody is told that they may', async () => {
  await using gateway = await startTestGateway({ env: { ACCOUNT_CREATION: 'nobody' } })
  const token = await gateway.signIn()
  expect((await gateway.graphql(query, {}, token)).body).toEqual({ data: { viewer: { mayCreateAccounts: false } } })
})
