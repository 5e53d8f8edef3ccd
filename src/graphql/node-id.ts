import { decodeGlobalID } from '@pothos/plugin-relay'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
const NAMED = ['Product', 'Scope']
const STORED = ['Account', 'App', 'AppKey', 'AuditEvent', 'Invitation', 'Member', 'Secret', 'Session', 'User']
export type NodeType = 'Account' | 'App' | 'AppKey' | 'Invitation' | 'Secret' | 'Session' | 'User'

/** Belongs to nothing: a look-up of it answers as for any id of another account. */
const NOTHING = { typename: 'App', id: '00000000-0000-0000-0000-000000000000' }

/**
 * Takes a node's global id (base64 of `Type:id`) apart. What is none of ours comes out as an id that belongs to nothing:
 * malformed, foreign and unknown ids all look alike.
 */
export function decodeNodeId(globalId: string): { typename: string; id: string } {
  try {
    const decoded = decodeGlobalID(globalId)
    const known = NAMED.includes(decoded.typename) || (STORED.includes(decoded.typename) && UUID.test(decoded.id))
    return known ? decoded : NOTHING
  } catch {
    return NOTHING
  }
}

/** The stored id within a global id of this type; for any other text that of nothing, so that it is not found. */
export function localId(type: NodeType, globalId: string): string {
  const { typename, id } = decodeNodeId(globalId)
  return typename === type ? id : NOTHING.id
}
