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
import type { FeedItem, Stream } from '../audit/index.ts'
import type { Context } from './context.ts'

/** Results kept for those who come to the same message a little later: more than a few are behind, and execute anew. */
const KEPT_RESULTS = 64

type Executed = { result: ExecutionResult; cursor: string | null }
/** One execution; `executed` as soon as it is through, for those who come later, and need not wait for a promise. */
type Shared = { execution: Promise<Executed>; executed: Executed | null }
/** All whose messages look the same. */
type Group = { members: number; shared: Map<string, Shared> }

/** What graphql's `subscribe` answers: results as they come, or why there will be none. */
export type Subscribed = Stream<ExecutionResult> | ExecutionResult

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
    const group = groups.get(key) ?? { members: 0, shared: new Map() }
    groups.set(key, group)
    group.members += 1
    return group
  }

  return async (args) => {
    const validated = validateSubscriptionArgs(args)
    if (!('operation' in validated)) return { errors: validated }
    const source = (await createSourceEventStream(validated)) as Stream<FeedItem> | ExecutionResult
    if (!(Symbol.asyncIterator in source)) return source
    const context = args.contextValue as Context
    const key = keyOf(args, context)
    const group = join(key)
    const leave = () => {
      group.members -= 1
      if (group.members === 0) groups.delete(key)
    }
    const execute = async (item: FeedItem): Promise<Executed> => {
      const contextValue = { ...context } // its loaders and its cursor are of this one message
      const result = await executeSubscriptionEvent({ ...validated, contextValue, rootValue: item })
      return { result, cursor: contextValue.feedCursor }
    }
    const toResult = ({ result, cursor }: Executed) => {
      context.feedCursor = cursor
      return result
    }
    return resultsOf(source, (item) => share(group, item, execute), toResult, leave)
  }
}

/** @param onEnd called once, however it ends */
function resultsOf(
  source: Stream<FeedItem>,
  executionOf: (item: FeedItem) => Shared,
  toResult: (executed: Executed) => ExecutionResult,
  onEnd: () => void,
): Stream<ExecutionResult> {
  let ended = false
  const end = () => {
    if (!ended) onEnd()
    ended = true
    return { done: true, value: undefined } as const
  }
  return {
    async next() {
      const { done, value: item } = await source.next()
      return done ? end() : { done: false, value: toResult(await executionOf(item).execution) }
    },
    async each(take) {
      try {
        await source.each((item) => {
          const { executed, execution } = executionOf(item)
          return executed ? take(toResult(executed)) : execution.then((later) => take(toResult(later)))
        })
      } finally {
        await source.return?.()
        end()
      }
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

function share({ shared }: Group, item: FeedItem, execute: (item: FeedItem) => Promise<Executed>): Shared {
  const key = `${item.sequence} ${item.event ? 'event' : 'heartbeat'} ${item.live}`
  const known = shared.get(key)
  if (known) return known
  const made: Shared = { execution: execute(item), executed: null }
  made.execution.then(
    (executed) => {
      made.executed = executed
    },
    () => {}, // told to each who waits for it
  )
  shared.set(key, made)
  const [oldest] = shared.keys()
  if (shared.size > KEPT_RESULTS && oldest !== undefined) shared.delete(oldest)
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
