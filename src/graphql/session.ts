import { changePassword, listSessions, revokeSession, type SessionInfo } from '../accounts/index.ts'
import { builder } from './builder.ts'
import { type Context, mutate, requireCaller, requireSession } from './context.ts'
import { type Payload, payload, UserErrorRef } from './errors.ts'
import { localId } from './node-id.ts'

const SessionRef = builder.objectRef<SessionInfo>('Session')
builder.node(SessionRef, {
  id: { resolve: (session) => session.id },
  loadManyWithoutCache: async (ids, context) => {
    const byId = new Map((await ownSessions(context)).map((session) => [session.id, session]))
    return ids.map((id) => byId.get(id) ?? null)
  },
  fields: (t) => ({
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    lastSeenAt: t.expose('lastSeenAt', { type: 'DateTime' }),
    expiresAt: t.expose('expiresAt', { type: 'DateTime' }),
    ip: t.exposeString('ip', { nullable: true }),
    userAgent: t.exposeString('userAgent', { nullable: true }),
    current: t.exposeBoolean('current'),
  }),
})

builder.queryField('sessions', (t) =>
  t.field({
    type: [SessionRef],
    nullable: true,
    description: "The caller's own sign-ins, the one used last first: at most 100.",
    resolve: (_root, _args, context) => ownSessions(context),
  }),
)

function ownSessions(context: Context): Promise<SessionInfo[]> {
  const { caller } = requireCaller(context)
  const { db, sessionId, instance } = context
  return context.reads.pause(() => listSessions(db, caller, sessionId, instance.limits))
}

const RevokeSessionInput = builder.inputType('RevokeSessionInput', {
  fields: (t) => ({ id: t.id({ required: true }) }),
})
const RevokeSessionPayload = builder
  .objectRef<Payload<{ revokedSessionId: string }>>('RevokeSessionPayload')
  .implement({
    fields: (t) => ({
      revokedSessionId: t.globalID({
        nullable: true,
        resolve: ({ revokedSessionId: id }) => (id === null ? null : { type: SessionRef, id }),
      }),
      errors: t.expose('errors', { type: [UserErrorRef] }),
    }),
  })
const ChangePasswordInput = builder.inputType('ChangePasswordInput', {
  fields: (t) => ({ currentPassword: t.string({ required: true }), newPassword: t.string({ required: true }) }),
})
const ChangePasswordPayload = builder
  .objectRef<{ ok: boolean; errors: Payload<object>['errors'] }>('ChangePasswordPayload')
  .implement({
    fields: (t) => ({
      ok: t.exposeBoolean('ok'),
      errors: t.expose('errors', { type: [UserErrorRef] }),
    }),
  })

builder.mutationFields((t) => ({
  revokeSession: t.field({
    type: RevokeSessionPayload,
    nullable: true,
    args: { input: t.arg({ type: RevokeSessionInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      const id = localId('Session', input.id)
      const result = await mutate(context, (caller) => revokeSession(context.db, caller, { id }))
      return payload(result, (revokedSessionId) => ({ revokedSessionId }), { revokedSessionId: null })
    },
  }),
  changePassword: t.field({
    type: ChangePasswordPayload,
    nullable: true,
    description: "Ends the person's other sessions, their open streams included.",
    args: { input: t.arg({ type: ChangePasswordInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      const { db, instance } = context
      const { sessionId } = requireSession(context)
      const result = await mutate(context, (caller) => changePassword(db, caller, sessionId, input, instance))
      if (result.ok) for (const accountId of result.value) instance.feed.wake(accountId)
      return { ...payload(result, () => ({}), {}), ok: result.ok }
    },
  }),
}))
