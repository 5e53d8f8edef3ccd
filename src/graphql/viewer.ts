import { findAccounts, listMemberships, type Membership, signIn, signOut } from '../accounts/index.ts'
import type { Caller, Role } from '../caller.ts'
import { AccountRef, ActorRef, loadActor } from './actor.ts'
import { builder } from './builder.ts'
import { goOnAs, mutate, requireCaller } from './context.ts'
import { type Payload, payload, UserErrorRef } from './errors.ts'
import { localId } from './node-id.ts'

const RoleRef = builder.enumType('Role', {
  description: 'OWNER: all; ADMIN: apps and members; DEVELOPER: apps; AUDITOR: read only, audit included.',
  values: ['OWNER', 'ADMIN', 'DEVELOPER', 'AUDITOR'] satisfies Role[] as Role[],
})
const MembershipRef = builder.objectRef<Membership>('Membership').implement({
  fields: (t) => ({
    account: t.expose('account', { type: AccountRef }),
    role: t.expose('role', { type: RoleRef }),
    current: t.exposeBoolean('current'),
  }),
})

const ViewerRef = builder.objectRef<Caller>('Viewer').implement({
  description:
    'The caller: which account its credentials open, as whom, what it may do there, and which other accounts it may switch to.',
  fields: (t) => ({
    account: t.field({
      type: AccountRef,
      resolve: async (caller, _args, context) => {
        const [account] = await context.reads.read((tx) => findAccounts(tx, caller, [caller.accountId]))
        if (!account) throw new Error('A caller without an account.')
        return account
      },
    }),
    actor: t.field({
      type: ActorRef,
      resolve: async (caller, _args, context) => {
        const actor = await loadActor(context, caller.actor)
        if (!actor) throw new Error('A caller who is nobody.')
        return actor
      },
    }),
    role: t.expose('role', { type: RoleRef, nullable: true }),
    permissions: t.stringList({ resolve: (caller) => [...caller.permissions] }),
    memberships: t.field({
      type: [MembershipRef],
      description: 'At most 100.',
      resolve: (caller, _args, context) => {
        const { type, id } = caller.actor
        if (type !== 'USER' || id === null) return []
        return context.reads.pause(() => listMemberships(context.db, caller, id))
      },
    }),
  }),
})

builder.queryField('viewer', (t) =>
  t.field({ type: ViewerRef, nullable: true, resolve: (_root, _args, context) => context.caller }),
)

const SignInInput = builder.inputType('SignInInput', {
  fields: (t) => ({
    email: t.string({ required: true }),
    password: t.string({ required: true }),
    accountId: t.id({ description: 'Where one is a member of several; else the one used last.' }),
  }),
})
const SignInPayload = builder
  .objectRef<Payload<{ sessionToken: string | null; viewer: Caller }>>('SignInPayload')
  .implement({
    fields: (t) => ({
      sessionToken: t.exposeString('sessionToken', {
        nullable: true,
        description: 'Bearer token for this API; the console gets it as a cookie.',
      }),
      viewer: t.expose('viewer', { type: ViewerRef, nullable: true }),
      errors: t.expose('errors', { type: [UserErrorRef] }),
    }),
  })
const SignOutPayload = builder
  .objectRef<{ ok: boolean }>('SignOutPayload')
  .implement({ fields: (t) => ({ ok: t.exposeBoolean('ok') }) })

builder.mutationFields((t) => ({
  signIn: t.field({
    type: SignInPayload,
    nullable: true,
    args: { input: t.arg({ type: SignInInput, required: true }) },
    resolve: async (_root, { input: { email, password, accountId } }, context) => {
      const { db, instance, origin } = context
      const wanted = { email, password, accountId: accountId == null ? null : localId('Account', accountId) }
      const result = await context.reads.pause(() => signIn(db, origin, wanted, instance))
      if (result.ok) {
        const { caller, sessionId, sessionToken } = result.value
        await goOnAs(context, caller, sessionId)
        if (context.cookie.wanted) context.cookie.keep(sessionToken)
        instance.feed.wake(caller.accountId)
      }
      return payload(
        result,
        ({ sessionToken, caller }) => ({ sessionToken: context.cookie.wanted ? null : sessionToken, viewer: caller }),
        {
          sessionToken: null,
          viewer: null,
        },
      )
    },
  }),
  signOut: t.field({
    type: SignOutPayload,
    nullable: true,
    resolve: async (_root, _args, context) => {
      requireCaller(context)
      const { sessionId } = context
      if (sessionId === null) return { ok: false }
      await mutate(context, (caller) => signOut(context.db, caller, sessionId))
      context.cookie.clear()
      return { ok: true }
    },
  }),
}))
