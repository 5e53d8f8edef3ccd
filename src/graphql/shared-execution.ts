import {
  type ASTNode,
  createSourceEventStream,
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  executeSubscriptionEvent,
  Kind,
  print,
  validateSubscriptionArgs,
  visit,
} from 'graphql'
import type { FeedItem } from '../audit/index.ts'
import type { Context } from './context.ts'

/** Results kept for those who come to the same message a little later: more than a few are behind, and execute anew. */
const KEPT_RESULTS = 64

type Shared = { result: ExecutionResult; cursor: string | null }
/** All whose messages look the same. */
type Group = { members: number; results: Map<string, Promise<Shared>> }

/** What graphql's `subscribe` answers: results as they come, or why there will be none. */
export type Subscribed = AsyncIterableIterator<ExecutionResult> | ExecutionResult

/**
 * graphql's `subscribe`, but that subscribers with the same document, the same rights and the same variables below the
 * feed's own arguments share the execution of each message, and so one and the same result object: what is read for an
 * event is read once for all of them, and what is made of the result can be kept with it (a WeakMap).
 *
 * Each still has its own place in the history, filter and heartbeat. Whoever falls behind executes for itself.
 */
export function createSharedExecution(): (args: ExecutionArgs) => Promise<Subscribed> {
  const groups = new Map<string, Group>()

  const join = (key: string): Group => {
    const group = groups.get(key) ?? { members: 0, results: new Map() }
    groups.set(key, group)
    group.members += 1
    return group
  }

  return async (args) => {
    const validated = validateSubscriptionArgs(args)
    if (!('operation' in validated)) return { errors: validated }
    const source = (await createSourceEventStream(validated)) as AsyncIterableIterator<FeedItem> | ExecutionResult
    if (!(Symbol.asyncIterator in source)) return source
    const context = args.contextValue as Context
    const key = keyOf(args, context)
    const group = join(key)
    const leave = () => {
      group.members -= 1
      if (group.members === 0) groups.delete(key)
    }
    const execute = async (item: FeedItem): Promise<Shared> => {
      const contextValue = { ...context } // its loaders and its cursor are of this one message
      const result = await executeSubscriptionEvent({ ...validated, contextValue, rootValue: item })
      return { result, cursor: contextValue.feedCursor }
    }
    const toResult = async (item: FeedItem) => {
      const { result, cursor } = await remember(group, item, () => execute(item))
      context.feedCursor = cursor
      return result
    }
    return resultsOf(source, toResult, leave)
  }
}

/** @param onEnd called once, however it ends */
function resultsOf(
  source: AsyncIterableIterator<FeedItem>,
  toResult: (item: FeedItem) => Promise<ExecutionResult>,
  onEnd: () => void,
): AsyncIterableIterator<ExecutionResult> {
  let ended = false
  const end = () => {
    if (!ended) onEnd()
    ended = true
    return { done: true, value: undefined } as const
  }
  return {
    async next() {
      const { done, value: item } = await source.next()
      return done ? end() : { done: false, value: await toResult(item) }
    },
    async return() {
      await source.return?.()
      return end()
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}

function remember({ results }: Group, item: FeedItem, execute: () => Promise<Shared>): Promise<Shared> {
  const key = `${item.sequence} ${item.event ? 'event' : 'heartbeat'} ${item.live}`
  const known = results.get(key)
  if (known) return known
  const made = execute()
  results.set(key, made)
  const [oldest] = results.keys()
  if (results.size > KEPT_RESULTS && oldest !== undefined) results.delete(oldest)
  return made
}

/** All that a message depends on, but for the event. The feed's own arguments only say which events come. */
function keyOf({ document, operationName, variableValues }: ExecutionArgs, { caller }: Context): string {
  const rights = caller && [
    caller.accountId,
    caller.actor.type === 'APP' ? caller.actor.id : null,
    [...caller.permissions].sort(),
  ]
  const variables = Object.entries(variableValues ?? {})
  const used = variablesOf(document)
  return JSON.stringify([
    rights,
    document.loc?.source.body ?? print(document),
    operationName ?? null,
    variables.filter(([name]) => used.has(name)).sort(([one], [other]) => (one < other ? -1 : 1)),
  ])
}

/** The variables that a document uses anywhere but in the arguments of a root field. */
function variablesOf(document: DocumentNode): ReadonlySet<string> {
  const used = new Set<string>()
  const collect = (node: ASTNode) => visit(node, { Variable: ({ name }) => void used.add(name.value) })
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) collect(definition)
    else
      for (const selection of definition.selectionSet.selections)
        collect(selection.kind === Kind.FIELD ? { ...selection, arguments: [] } : selection)
  }
  return used
}
