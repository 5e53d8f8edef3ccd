import type { FeedItem } from '../audit/index.ts'
import { AuditEventFilterInput, AuditEventRef, eventFilterOf } from './audit-event.ts'
import { AuditEventConnectionRef, auditEventConnection } from './audit-event-connection.ts'
import { builder } from './builder.ts'
import { pageComplexity } from './connection.ts'
import { requireCaller } from './context.ts'
import { cursorsOf } from './cursor.ts'
import { createLoaders } from './loaders.ts'

builder.queryField('auditEvents', (t) =>
  t.connection(
    {
      type: AuditEventRef,
      nullable: true,
      complexity: pageComplexity,
      args: { filter: t.arg({ type: AuditEventFilterInput }) },
      resolve: (_root, { filter, ...args }, context) => auditEventConnection(context, eventFilterOf(filter), args),
    },
    AuditEventConnectionRef,
  ),
)

type FeedMessage = FeedItem & { cursor: string }
const AuditFeedItemRef = builder.objectRef<FeedMessage>('AuditFeedItem').implement({
  description:
    'One message of the feed. `node` is null in a heartbeat: nothing matched up to `cursor`, which alone moves on. The first message after\n' +
    'subscribing, when `heartbeat` is given, is always such a one, so that a client holds a cursor from the first moment and knows that it listens; another with `live: true` follows when the backlog is through.',
  fields: (t) => ({
    cursor: t.exposeString('cursor'),
    node: t.expose('event', { type: AuditEventRef, nullable: true }),
    live: t.exposeBoolean('live', {
      description: 'False while the backlog since `after` is replayed; true from the first live message on.',
    }),
  }),
})

const FeedStartRef = builder.enumType('FeedStart', {
  description: 'NOW: with the next event. OLDEST: with the oldest event still kept.',
  values: ['NOW', 'OLDEST'] as const,
})

builder.subscriptionField('auditEvents', (t) =>
  t.field({
    type: AuditFeedItemRef,
    description:
      'Every audit event from now on, each once, in sequence. With `after`, first everything since that cursor, then on into the\n' +
      'live events with nothing lost or repeated between the two: a client that reconnects passes the last cursor that it saw.\n' +
      'A cursor whose successors are already past their retention ends with the error CURSOR_EXPIRED: something was missed, and the client knows.',
    args: {
      filter: t.arg({ type: AuditEventFilterInput }),
      after: t.arg.string(),
      heartbeat: t.arg({
        type: 'Duration',
        description:
          "PT5S to PT1H: also send an item without a node when nothing matched for this long, so that a rarely matching watcher's cursor stays fresh.",
      }),
      begin: t.arg({
        type: FeedStartRef,
        required: true,
        defaultValue: 'NOW',
        description: 'Without `after`: where to begin.',
      }),
    },
    subscribe: (_root, { filter, after, begin, heartbeat }, context) => {
      const { caller } = requireCaller(context)
      const resumeFrom = context.resumeAfter ?? after
      const cursors = cursorsOf(context.instance.cursorMac, caller.accountId)
      return context.instance.feed.follow(caller, {
        filter: eventFilterOf(filter),
        after: resumeFrom == null ? null : cursors.toSequence(resumeFrom),
        begin,
        heartbeat: heartbeat ?? null,
        cursorOf: cursors.ofEvent,
      })
    },
    resolve: (item, _args, context): FeedMessage => {
      const { caller } = requireCaller(context)
      const cursor = cursorsOf(context.instance.cursorMac, caller.accountId).ofEvent(item.sequence)
      context.feedCursor = cursor
      context.loaders = createLoaders(context.reads, caller) // what an earlier event loaded may have changed since
      return { ...item, cursor }
    },
  }),
)
