import {
  findAccounts,
  listMemberships,
  type Membership,
  type SignedIn,
  signIn,
  signOut,
  switchAccount,
} from '../accounts/index.ts'
import type { Caller } from '../caller.ts'
import type { Result } from '../result.ts'
import { AccountRef } from './account.ts'
import { ActorRef, requireActor } from './actor.ts'
import { builder } from './builder.ts'
import { type Context, goOnAs, mutate, requireSession } from './context.ts'
import { type Payload, payload, UserErrorRef } from './errors.ts'
import { RoleRef } from './member.ts'
import { localId } from './node-id.ts'

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
      resolve: (caller, _args, context) => requireActor(context, caller.actor),
    }),
    role: t.expose('role', { type: RoleRef, nullable: true }),
    permissions: t.stringList({ resolve: (caller) => [...caller.permissions] }),
    mayCreateAccounts: t.boolean({
      description: 'Whether createAccount is open to the caller: to people, unless ACCOUNT_CREATION is `nobody`.',
      resolve: (caller, _args, context) => caller.actor.type === 'USER' && context.instance.mayCreateAccounts,
    }),
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
type SignInAnswer = Payload<{ sessionToken: string; viewer: Caller }>
export const SignInPayload = builder.objectRef<SignInAnswer>('SignInPayload').implement({
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

const SwitchAccountInput = builder.inputType('SwitchAccountInput', {
  fields: (t) => ({ accountId: t.id({ required: true }) }),
})

const SwitchAccountPayload = builder.objectRef<Payload<{ viewer: Caller }>>('SwitchAccountPayload').implement({
  fields: (t) => ({
    viewer: t.expose('viewer', { type: ViewerRef, nullable: true }),
    errors: t.expose('errors', { type: [UserErrorRef] }),
  }),
})

builder.mutationFields((t) => ({
  switchAccount: t.field({
    type: SwitchAccountPayload,
    nullable: true,
    args: { input: t.arg({ type: SwitchAccountInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      const { sessionId } = requireSession(context)
      const wanted = { accountId: localId('Account', input.accountId) }
      const result = await mutate(context, (caller) => switchAccount(context.db, caller, sessionId, wanted))
      if (result.ok) await goOnAs(context, result.value, sessionId)
      return payload(result, (viewer) => ({ viewer }), { viewer: null })
    },
  }),
  signIn: t.field({
    type: SignInPayload,
    nullable: true,
    args: { input: t.arg({ type: SignInInput, required: true }) },
    resolve: async (_root, { input: { email, password, accountId } }, context) => {
      const { db, instance, origin } = context
      const wanted = { email, password, accountId: accountId == null ? null : localId('Account', accountId) }
      return answerSignIn(context, await context.reads.pause(() => signIn(db, origin, wanted, instance)))
    },
  }),
  signOut: t.field({
    type: SignOutPayload,
    nullable: true,
    resolve: async (_root, _args, context) => {
      const { sessionId } = requireSession(context)
      await mutate(context, (caller) => signOut(context.db, caller, sessionId))
      await goOnAs(context, null, null)
      context.cookie.clear()
      return { ok: true }
    },
  }),
}))

/**
 * Goes on as who has signed in, so that the answer tells who that is. Our own page gets its session as a cookie, which
 * no script reads; a program gets the token.
 */
export async function answerSignIn(context: Context, result: Result<SignedIn>): Promise<SignInAnswer> {
  const none = { sessionToken: null, viewer: null }
  if (!result.ok) return payload(result, () => none, none)
  const { caller, sessionId, sessionToken } = result.value
  await goOnAs(context, caller, sessionId)
  context.instance.feed.wake(caller.accountId)
  const { cookie } = context
  if (cookie.wanted) cookie.keep(sessionToken)
  return { sessionToken: cookie.wanted ? null : sessionToken, viewer: caller, errors: [] }
}
