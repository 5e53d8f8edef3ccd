import SchemaBuilder from '@pothos/core'
import ComplexityPlugin, { ComplexityErrorKind } from '@pothos/plugin-complexity'
import RelayPlugin from '@pothos/plugin-relay'
import type { Json } from '../audit/index.ts'
import { MAX_PAGE_SIZE } from '../page.ts'
import { Fault } from '../result.ts'
import type { Context } from './context.ts'
import { decodeNodeId } from './node-id.ts'

/** Depth counts nested selections, breadth all selected fields, complexity fields times the sizes of the pages above them. */
const LIMITS = { depth: 15, breadth: 500, complexity: 20_000 }

export const builder = new SchemaBuilder<{
  Context: Context
  DefaultFieldNullability: false
  DefaultEdgesNullability: false
  DefaultNodeNullability: false
  Scalars: {
    DateTime: { Input: Date; Output: Date }
    Duration: { Input: number; Output: number }
    JSON: { Input: Json; Output: Json }
    SafeInt: { Input: number; Output: number }
    ID: { Input: string; Output: string }
  }
}>({
  plugins: [RelayPlugin, ComplexityPlugin],
  defaultFieldNullability: false,
  relay: {
    cursorType: 'String',
    edgesFieldOptions: { nullable: false },
    nodeFieldOptions: { nullable: false },
    nodesOnConnection: true,
    decodeGlobalID: decodeNodeId,
    nodeQueryOptions: { nullable: true },
    nodesQueryOptions: {
      nullable: { list: true, items: true },
      description: 'At most 100 ids.',
      resolve: (_root, { ids }, _context, _info, resolveNodes) => {
        if (ids.length > MAX_PAGE_SIZE)
          throw new Fault('BAD_USER_INPUT', `At most ${MAX_PAGE_SIZE} ids at once: these are ${ids.length}.`)
        return resolveNodes(ids)
      },
    },
  },
  complexity: {
    limit: LIMITS,
    defaultListMultiplier: 1,
    complexityError: (kind, result) => {
      const [is, most] = {
        [ComplexityErrorKind.Depth]: [result.depth, LIMITS.depth],
        [ComplexityErrorKind.Breadth]: [result.breadth, LIMITS.breadth],
        [ComplexityErrorKind.Complexity]: [result.complexity, LIMITS.complexity],
      }[kind]
      return new Fault('COMPLEXITY_EXCEEDED', `${kind} of this operation is ${is}, and at most ${most} is allowed.`)
    },
  },
})

builder.queryType({})
builder.mutationType({})
builder.subscriptionType({})
