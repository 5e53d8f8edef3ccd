import { type FragmentOf, graphql } from '../api/graphql.ts'

/** What a page shows of an event; stored facts alone, so that it costs the server no look-up. */
export const EventFields = graphql(`
  fragment EventFields on AuditEvent {
    id
    sequence
    type
    name
    description
    occurredAt
    actorType
    actorId
    actorName
    resourceType
    resourceId
    resourceName
    source
    sourceIp
    userAgent
    requestId
    hash
    attempts
    gracePeriod
    graceStarts
    secretId
    secretHint
    secretExpiresAt
    changes { field before after }
  }
`)

export type Event = FragmentOf<typeof EventFields>

/** An event with its place in the history: the feed and every list go on from there. */
export type Entry = Event & { cursor: string }
