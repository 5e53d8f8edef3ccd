import { encodeGlobalID } from '@pothos/plugin-relay'
import type { Change, Json } from '../audit/index.ts'
import { builder } from './builder.ts'
import type { NodeType } from './node-id.ts'

/** Fields whose value tells a thing by its id, and of what type it is. */
const THINGS: ReadonlyMap<string, NodeType> = new Map([
  ['secret', 'Secret'],
  ['key', 'AppKey'],
])

export const ChangeRef = builder.objectRef<Change>('Change').implement({
  fields: (t) => ({
    field: t.exposeString('field'),
    before: t.field({ type: 'JSON', nullable: true, resolve: ({ field, before }) => shown(field, before) }),
    after: t.field({ type: 'JSON', nullable: true, resolve: ({ field, after }) => shown(field, after) }),
  }),
})

/** The record has the stored id, and stays as it was hashed: here it is a global id, as every id of this API. */
function shown(field: string, value: Json): Json {
  const type = THINGS.get(field)
  if (!type || value === null || typeof value !== 'object' || Array.isArray(value)) return value
  return typeof value.id === 'string' ? { ...value, id: encodeGlobalID(type, value.id) } : value
}
