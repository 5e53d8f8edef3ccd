import { type AuditEvent, type EventFilter, type EventPage, headOf, listEvents } from '../audit/index.ts'
import { AuditEventRef } from './audit-event.ts'
import { builder } from './builder.ts'
import { type ConnectionArguments, connectionOf, pageRequestOf } from './connection.ts'
import { type Context, requireCaller } from './context.ts'
import { cursorsOf } from './cursor.ts'

type AuditEventPage = ReturnType<typeof connectionOf<AuditEvent>> & { headCursor: string }

export const AuditEventConnectionRef = builder.connectionObject<typeof AuditEventRef, AuditEventPage>(
  {
    type: AuditEventRef,
    name: 'AuditEventConnection',
    description:
      "Oldest first, always: a dashboard asks `last: 50` for the newest page and goes back with `before`. Cursors are the feed's: any of them may be given to the subscription's `after`.",
    fields: (t) => ({
      headCursor: t.string({
        description:
          "The account's newest event as this page saw it, whether it matches the filter or not, also in an empty history: subscribe with `after: headCursor`, and nothing falls between the two.",
        resolve: (page) => page.headCursor,
      }),
    }),
  },
  { name: 'AuditEventEdge' },
)

/** A page of the history with the head that it saw: both out of one moment of the database. */
export async function auditEventConnection(
  context: Context,
  filter: EventFilter,
  args: ConnectionArguments,
): Promise<AuditEventPage> {
  const { caller } = requireCaller(context)
  const cursors = cursorsOf(context.instance.cursorMac, caller.accountId)
  const request = pageRequestOf(args, cursors.toSequence)
  const [page, head] = await context.reads.read(
    async (tx): Promise<[EventPage, number]> => [
      await listEvents(tx, caller, filter, request),
      await headOf(tx, caller.accountId),
    ],
  )
  const connection = connectionOf(page, (event) => cursors.ofEvent(event.sequence))
  // A page that had to stop early goes on where it stopped, which may be far behind its last event, or without any.
  if (page.stoppedAt !== null)
    connection.pageInfo[args.last == null ? 'endCursor' : 'startCursor'] = cursors.ofEvent(page.stoppedAt)
  return { ...connection, headCursor: cursors.ofEvent(head) }
}
