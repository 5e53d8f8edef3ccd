// Follows the feed with Relay's own network layer and requestSubscription; the artifact is as relay-compiler writes it.
import { createClient } from 'graphql-ws'
import relay from 'relay-runtime'

const { Environment, Network, Observable, RecordSource, requestSubscription, Store } = relay
let after = null
let seen = 0

const literal = (name, value) => ({ kind: 'Literal', name, value })
const scalar = (name) => ({ alias: null, args: null, kind: 'ScalarField', name, storageKey: null })
const linked = (name, concreteType, args, selections) => ({
  ...{ alias: null, args, concreteType, kind: 'LinkedField', name, plural: false, selections, storageKey: null },
})
const argumentDefinitions = [{ defaultValue: null, kind: 'LocalArgument', name: 'after' }]
const args = [
  { kind: 'Variable', name: 'after', variableName: 'after' },
  literal('begin', 'OLDEST'),
  literal('heartbeat', 'PT30S'),
]
const selectionsWith = (...more) => [
  linked('auditEvents', 'AuditFeedItem', args, [
    scalar('cursor'),
    linked('node', 'AuditEvent', null, [scalar('sequence'), scalar('description'), ...more]),
  ]),
]
const name = 'follow_Subscription'
const subscription = {
  fragment: {
    ...{ argumentDefinitions, kind: 'Fragment', metadata: null, name },
    ...{ selections: selectionsWith(), type: 'Subscription', abstractKey: null },
  },
  kind: 'Request',
  operation: { argumentDefinitions, kind: 'Operation', name, selections: selectionsWith(scalar('id')) },
  params: {
    ...{ cacheID: '9b1c6f6f5b0f4d5d8f7f3c2a1e0d9c8b', id: null, metadata: {}, name, operationKind: 'subscription' },
    text: `subscription ${name}($after: String) {
      auditEvents(after: $after, begin: OLDEST, heartbeat: "PT30S") { cursor node { sequence description id } }
    }`,
  },
}

const socket = createClient({
  url: `${process.env.URL.replace('http', 'ws')}/graphql`,
  connectionParams: () => ({ authorization: `Bearer ${process.env.TOKEN}` }),
  retryAttempts: Number.POSITIVE_INFINITY,
  shouldRetry: () => true,
})
const subscribe = ({ text, name: operationName }, variables) =>
  Observable.create((sink) => {
    const resuming = {
      ...variables,
      get after() {
        return after
      },
    }
    return socket.subscribe({ query: text, operationName, variables: resuming }, sink)
  })
const ask = async ({ text }, variables) => {
  const headers = { authorization: `Bearer ${process.env.TOKEN}`, 'content-type': 'application/json' }
  const body = JSON.stringify({ query: text, variables })
  return (await fetch(`${process.env.URL}/graphql`, { method: 'POST', headers, body })).json()
}
const environment = new Environment({ network: Network.create(ask, subscribe), store: new Store(new RecordSource()) })
requestSubscription(environment, {
  subscription,
  variables: {},
  onNext({ auditEvents: { cursor, node } }) {
    if (node && node.sequence > seen) {
      process.stdout.write(`${node.sequence} ${node.description}\n`)
      seen = node.sequence
    }
    after = cursor
  },
  onError(error) {
    throw error
  },
})
