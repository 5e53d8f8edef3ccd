import { type ExecutionResult, parse } from 'graphql'
import { afterEach, vi } from 'vitest'
import type { Feed } from '../../src/audit/index.ts'
import type { Caller, Permission } from '../../src/caller.ts'
import type { Database } from '../../src/database/index.ts'
import { type Context, createContext, type Instance, readSingly } from '../../src/graphql/context.ts'
import { schema } from '../../src/graphql/schema.ts'
import { createSharedExecution } from '../../src/graphql/shared-execution.ts'
import { openFeed } from '../audit/feed-reader.ts'
import { writeEvents } from '../audit/write-events.ts'
import { expect, memberOf, newAccount, type TestInstance, test } from '../support/index.ts'

afterEach(() => void vi.restoreAllMocks())

const QUERY = `subscription ($after: String, $types: [AuditEventType!], $name: Boolean = true) {
  auditEvents(after: $after, filter: { types: $types }, begin: OLDEST) {
    cursor live node { sequence actor { ... on User { email name @include(if: $name) } } app { id description } }
  }
}`

function contextOf(db: Database, given: TestInstance, feed: Feed, caller: Caller): Context {
  const instance = { ...given, feed } as unknown as Instance // what a subscription asks of it
  const cookie = { wanted: false, keep: () => {}, clear: () => {} }
  const request = { caller, sessionId: null, origin: caller.origin, cookie, resumeAfter: null }
  const context = createContext(db, instance, request)
  readSingly(context)
  return context
}

type Watch = { context: Context; next(): Promise<ExecutionResult> } & AsyncDisposable

test('who has the same document and rights shares one execution of each event, whatever they follow', async ({
  db,
  owner,
  instance,
}) => {
  using feed = openFeed(db)
  const subscribe = createSharedExecution()
  await using opened = new AsyncDisposableStack()
  const watch = async (caller: Caller, variableValues: Record<string, unknown> = {}): Promise<Watch> => {
    const contextValue = contextOf(db, instance, feed, caller)
    const results = await subscribe({ schema, document: parse(QUERY), variableValues, contextValue })
    if (!('next' in results)) throw new Error(`Refused: ${results.errors?.[0]?.message}`)
    const next = async () => (await results.next()).value as ExecutionResult
    return opened.use({
      context: contextValue,
      next,
      [Symbol.asyncDispose]: async () => void (await results.return?.()),
    })
  }

  const developer = await memberOf(db, owner, 'DEVELOPER')
  const [first, second, filtered] = [
    await watch(owner),
    await watch(await memberOf(db, owner, 'OWNER')),
    await watch(owner, { types: ['SIGNED_IN', 'APP_CREATED'] }),
  ]
  const [otherRights, otherSelection] = [await watch(developer), await watch(owner, { name: false })]
  const stranger = await watch(await newAccount(db))

  const transactions = vi.spyOn(db, 'transaction')
  await writeEvents(db, owner)
  transactions.mockClear()
  feed.wake(owner.accountId)
  const one = await first.next()
  const forOne = transactions.mock.calls.length
  expect(one.data).toMatchObject({ auditEvents: { live: true, node: { sequence: 1 } } })
  expect(await second.next()).toBe(one)
  expect(await filtered.next()).toBe(one)
  expect(transactions.mock.calls.length).toBe(forOne)
  expect([second.context.feedCursor, filtered.context.feedCursor]).toEqual([
    first.context.feedCursor,
    first.context.feedCursor,
  ])

  const other = await otherRights.next()
  expect(other).not.toBe(one)
  expect(other).toEqual(one) // a developer may see the same
  expect(await otherSelection.next()).not.toEqual(one)
  // What began later replays the same event; as backlog it says so, and is another message.
  const late = await watch(owner)
  expect((await late.next()).data).toMatchObject({ auditEvents: { live: false, node: { sequence: 1 } } })
  const waiting = stranger.next()
  await writeEvents(db, stranger.context.caller as Caller)
  feed.wake(stranger.context.caller?.accountId ?? '')
  expect((await waiting).data).toMatchObject({ auditEvents: { node: { sequence: 1 } } })
})

test('an app that may not read apps shares nothing with who may', async ({ db, owner, app: made, instance }) => {
  using feed = openFeed(db)
  const subscribe = createSharedExecution()
  const app = (permissions: Permission[]): Caller => ({
    ...owner,
    actor: { type: 'APP', id: crypto.randomUUID(), name: 'Robot' },
    role: null,
    permissions: new Set(permissions),
    scopes: permissions.map((name) => `/chatelaine/${name}`),
  })
  const open = async (caller: Caller) => {
    const contextValue = contextOf(db, instance, feed, caller)
    const results = await subscribe({ schema, document: parse(QUERY), contextValue })
    if (!('next' in results)) throw new Error('Refused.')
    return results
  }
  const [seeing, blind] = [await open(owner), await open(app(['audit/read']))]
  const [all, little] = [(await seeing.next()).value, (await blind.next()).value] // of APP_CREATED
  expect(all.data).toMatchObject({ auditEvents: { node: { app: { description: null } } } })
  expect(all.errors).toBeUndefined()
  expect(little.data).toMatchObject({ auditEvents: { node: { sequence: 1 } } })
  expect(little.errors?.[0]?.originalError).toMatchObject({ code: 'FORBIDDEN' })
  expect(made.app.accountId).toBe(owner.accountId)
  await Promise.all([seeing.return?.(), blind.return?.()])
})
