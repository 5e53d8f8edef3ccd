import { once } from 'node:events'
import { WebSocket } from 'ws'
import { expect, startTestGateway, subscribe, subscribeSse, test } from '../support/index.ts'

const feed = 'subscription { auditEvents(heartbeat: "PT1H") { cursor } }'

test('an account has as many sockets and streams as MAX_SOCKETS_PER_ACCOUNT says: the next are 1013 and 429', {
  timeout: 60_000,
}, async () => {
  await using gateway = await startTestGateway({ env: { MAX_SOCKETS_PER_ACCOUNT: '2' } })
  const token = await gateway.signIn()
  await using socket = subscribe(gateway.url, token, feed)
  await socket.next()
  const stream = await subscribeSse(gateway.url, token, feed)
  await stream.next()

  await expect(subscribe(gateway.url, token, feed).next()).rejects.toMatchObject({
    code: 1013,
    reason: 'Too many sockets',
  })
  const refused = await fetch(`${gateway.url}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'text/event-stream',
      authorization: `Bearer ${token}`,
    },
    body: JSON.stringify({ query: feed }),
  })
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '60'])
  expect(await refused.json()).toMatchObject({ errors: [{ extensions: { code: 'RATE_LIMITED' } }] })
  expect((await gateway.graphql('{ viewer { role } }', {}, token)).status).toBe(200) // no stream: not counted

  // The places of another account are its own, and nobody's too.
  const create = 'mutation { createAccount(input: { name: "Second" }) { account { id } errors { code } } }'
  const other = await gateway.signIn()
  const made = await gateway.graphql<{ createAccount: { account: { id: string } } }>(create, {}, other)
  const change = 'mutation ($id: ID!) { switchAccount(input: { accountId: $id }) { errors { code } } }'
  await gateway.graphql(change, { id: made.body.data?.createAccount.account.id }, other)
  await using elsewhere = subscribe(gateway.url, other, feed)
  await elsewhere.next()
  await using nobody = subscribe(gateway.url, null, feed)
  expect((await nobody.next()).errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }])

  await stream.close() // a place that is left is free for the next
  await expect
    .poll(
      async () => {
        const again = subscribe(gateway.url, token, feed)
        const told = await again.next().then(
          () => 'told',
          () => 'refused',
        )
        await again.close()
        return told
      },
      { timeout: 20_000 },
    )
    .toBe('told')
})

test('a socket has as many subscriptions as MAX_SUBSCRIPTIONS_PER_SOCKET says: the next is RATE_LIMITED, the others go on', {
  timeout: 60_000,
}, async () => {
  await using gateway = await startTestGateway({ env: { MAX_SUBSCRIPTIONS_PER_SOCKET: '2' } })
  const socket = new WebSocket(`${gateway.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws')
  const messages: { id?: string; type: string; payload?: unknown }[] = []
  socket.on('message', (data) => messages.push(JSON.parse(String(data))))
  const told = (id: string, type: string) =>
    expect.poll(() => messages.filter((message) => message.id === id).map((message) => message.type)).toContain(type)
  const send = (type: string, id: string | undefined, payload?: object) =>
    socket.send(JSON.stringify({ type, id, payload }))
  await once(socket, 'open')
  send('connection_init', undefined, { authorization: `Bearer ${await gateway.signIn()}` })
  await once(socket, 'message')
  for (const id of ['1', '2', '3']) send('subscribe', id, { query: feed })
  await told('1', 'next')
  await told('2', 'next')
  await told('3', 'error')
  expect(messages.find(({ id }) => id === '3')?.payload).toMatchObject([{ extensions: { code: 'RATE_LIMITED' } }])

  send('complete', '1')
  send('subscribe', '4', { query: feed })
  await told('4', 'next')
  socket.close()
  await once(socket, 'close')
})
