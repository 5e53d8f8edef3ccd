import type { Event } from './event.ts'

/** What of the history is shown; a condition that is left out holds for all. Ids are the API's. */
export type EventFilter = {
  types?: readonly string[]
  appId?: string
  actorId?: string
  sourceIp?: string
  /** Instants, ISO 8601: from ≤ occurredAt < to. */
  from?: string
  to?: string
}

type Matched = Pick<Event, 'type' | 'resourceType' | 'resourceId' | 'actorId' | 'sourceIp' | 'occurredAt'>

/** The server's own rule, in the browser: what comes live is matched here, so that a filter never makes the head blind. */
export function matches(event: Matched, { types, appId, actorId, sourceIp, from, to }: EventFilter): boolean {
  if (types && types.length > 0 && !types.includes(event.type)) return false
  if (appId !== undefined && !(event.resourceType === 'App' && event.resourceId === appId)) return false
  if (actorId !== undefined && event.actorId !== actorId) return false
  if (sourceIp !== undefined && event.sourceIp !== sourceIp) return false
  const at = Date.parse(event.occurredAt)
  if (from !== undefined && at < Date.parse(from)) return false
  return to === undefined || at < Date.parse(to)
}

/** Whether nothing is filtered. */
export function isOpen(filter: EventFilter): boolean {
  return Object.values(filter).every((condition) => condition === undefined)
}
