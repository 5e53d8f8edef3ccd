import {
  type AuditEvent,
  type AuditEventType,
  describeEvent,
  type EventFilter,
  eventNames,
  findEvents,
} from '../audit/index.ts'
import { ActorRef, loadActor } from './actor.ts'
import { AppRef, GraceStartRef } from './app-type.ts'
import { builder } from './builder.ts'
import { ChangeRef } from './change.ts'
import { requireCaller } from './context.ts'
import { localId } from './node-id.ts'

const AuditEventTypeRef = builder.enumType('AuditEventType', {
  description: 'Grows in any release: be ready for a value that you do not know, and show `name` then.',
  values: Object.keys(eventNames) as AuditEventType[],
})

export const AuditEventRef = builder.objectRef<AuditEvent>('AuditEvent')
builder.node(AuditEventRef, {
  description: "One fact of the account's history. Never changed, never removed before its retention ends.",
  id: { resolve: (event) => event.id },
  loadManyWithoutCache: (ids, context) => {
    const { caller } = requireCaller(context)
    return context.reads.read((tx) => findEvents(tx, caller, ids))
  },
  fields: (t) => ({
    sequence: t.expose('sequence', {
      type: 'SafeInt',
      description: '1, 2, 3 … within the account, without a gap, in the order in which they took effect.',
    }),
    type: t.expose('type', { type: AuditEventTypeRef }),
    name: t.string({
      description:
        'The name of the type on the wire, for systems that know it so: `oauth-apps.created`, `oauth-apps.updated`, `oauth-apps.deleted`, `oauth-apps.secret-rotated` …',
      resolve: (event) => eventNames[event.type] ?? event.type,
    }),
    occurredAt: t.expose('occurredAt', { type: 'DateTime' }),
    actor: t.field({
      type: ActorRef,
      nullable: true,
      description:
        'Who, as it is today; null where the caller may not see it (an access token without the right to read apps).',
      resolve: (event, _args, context) => loadActor(context, event.actor),
    }),
    actorType: t.field({
      type: builder.enumType('ActorType', { values: ['USER', 'APP', 'SYSTEM'] as const }),
      resolve: (event) => event.actor.type,
    }),
    actorId: t.globalID({
      nullable: true,
      description: 'Null for SYSTEM and for a sign-in that failed.',
      resolve: ({ actor }) =>
        actor.id === null ? null : { id: actor.id, type: actor.type === 'APP' ? 'App' : 'User' },
    }),
    actorName: t.string({
      description:
        "What it was called at that moment: an e-mail, an app's name, `system`. Part of the leaf, never rewritten.",
      resolve: (event) => event.actor.name,
    }),
    description: t.string({
      description:
        'One sentence in English, fit to show: `ada@example.com rotated the secret of Billing; the one before works until 30 Nov 18:00 UTC`.',
      resolve: describeEvent,
    }),
    app: t.field({
      type: AppRef,
      nullable: true,
      description: 'The app that it is about, also when it has been deleted since (see App.deletedAt).',
      resolve: async (event, _args, context) => {
        const { caller, loaders } = requireCaller(context)
        const app = event.appId === null ? null : await loaders.eventApp.load(event.appId)
        return app && { ...app, nameOnly: !caller.permissions.has('apps/read') }
      },
    }),
    resourceType: t.exposeString('resourceType'),
    resourceId: t.globalID({ resolve: (event) => ({ id: event.resourceId, type: event.resourceType }) }),
    resourceName: t.exposeString('resourceName', {
      nullable: true,
      description: 'What the resource was called at that moment.',
    }),
    changes: t.expose('changes', {
      type: [ChangeRef],
      description: 'What changed, field by field. Ids in it are those of this API, as `secretId` is.',
    }),
    gracePeriod: t.expose('gracePeriod', {
      type: 'Duration',
      nullable: true,
      description: 'SECRET_ROTATED: for how long the old secret stayed valid.',
    }),
    graceStarts: t.expose('graceStarts', {
      type: GraceStartRef,
      nullable: true,
      description: 'SECRET_ROTATED.',
    }),
    secretId: t.globalID({
      nullable: true,
      description: 'SECRET_*: the secret that it is about; in SECRET_ROTATED the one that was rotated away.',
      resolve: (event) => (event.secretId === null ? null : { id: event.secretId, type: 'Secret' }),
    }),
    secretHint: t.exposeString('secretHint', { nullable: true }),
    secretExpiresAt: t.expose('secretExpiresAt', {
      type: 'DateTime',
      nullable: true,
      description:
        'SECRET_*: the exact instant at which that secret stops working, at the latest (SECRET_EXPIRED: stopped).',
    }),
    attempts: t.exposeInt('attempts', {
      nullable: true,
      description: 'SIGN_IN_FAILED: attempts that this event stands for.',
    }),
    source: t.expose('source', {
      type: builder.enumType('AuditSource', { values: ['API', 'CONSOLE', 'CLI', 'SYSTEM'] as const }),
    }),
    sourceIp: t.exposeString('sourceIp', { nullable: true }),
    userAgent: t.exposeString('userAgent', { nullable: true }),
    requestId: t.exposeString('requestId', { nullable: true }),
    hash: t.exposeString('hash', {
      description:
        "Its leaf in the account's Merkle tree (RFC 9162, section 2.1), hexadecimal: SHA-256 over 0x00 and the event's canonical JSON (RFC 8785).",
    }),
  }),
})

export const AuditEventFilterInput = builder.inputType('AuditEventFilter', {
  fields: (t) => ({
    types: t.field({ type: [AuditEventTypeRef] }),
    appId: t.id(),
    actorId: t.id(),
    sourceIp: t.string(),
    from: t.field({ type: 'DateTime' }),
    to: t.field({ type: 'DateTime' }),
  }),
})
type FilterInput = typeof AuditEventFilterInput.$inferInput

/** The domain's filter: global ids taken apart, unknown ones match nothing. */
export function eventFilterOf(filter: FilterInput | null | undefined): EventFilter {
  const { appId, actorId, ...same } = filter ?? {}
  const actor = actorId == null ? null : [localId('User', actorId), localId('App', actorId)].sort().at(-1)
  return { ...same, appId: appId == null ? null : localId('App', appId), actorId: actor }
}
