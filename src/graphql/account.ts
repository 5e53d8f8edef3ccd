import { type Account, createAccount, findAccounts, listMembers, updateAccount } from '../accounts/index.ts'
import { builder } from './builder.ts'
import { connectionOf, pageComplexity, pageRequestOf } from './connection.ts'
import { mutate, requireCaller } from './context.ts'
import { cursorsOf } from './cursor.ts'
import { type Payload, payload, UserErrorRef } from './errors.ts'
import { MemberRef } from './member.ts'

export const AccountRef = builder.objectRef<Account>('Account')
builder.node(AccountRef, {
  id: { resolve: (account) => account.id },
  loadManyWithoutCache: (ids, context) => {
    const { caller } = requireCaller(context)
    return context.reads.read((tx) => findAccounts(tx, caller, ids))
  },
  fields: (t) => ({
    name: t.exposeString('name'),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    members: t.connection(
      {
        type: MemberRef,
        nullable: true,
        complexity: pageComplexity,
        description: "Null for an account other than the caller's current one.",
        resolve: async (account, args, context) => {
          const { caller } = requireCaller(context)
          if (account.id !== caller.accountId) return null
          const cursors = cursorsOf(context.instance.cursorMac, caller.accountId)
          const request = pageRequestOf(args, cursors.toMemberPosition)
          const page = await context.reads.read((tx) => listMembers(tx, caller, request))
          return connectionOf(page, cursors.ofMember)
        },
      },
      { name: 'MemberConnection' },
      { name: 'MemberEdge' },
    ),
  }),
})

const AccountPayload = (name: string) =>
  builder.objectRef<Payload<{ account: Account }>>(name).implement({
    fields: (t) => ({
      account: t.expose('account', { type: AccountRef, nullable: true }),
      errors: t.expose('errors', { type: [UserErrorRef] }),
    }),
  })
const CreateAccountPayload = AccountPayload('CreateAccountPayload')
const UpdateAccountPayload = AccountPayload('UpdateAccountPayload')
const nameInput = (name: string) => builder.inputType(name, { fields: (t) => ({ name: t.string({ required: true }) }) })
const CreateAccountInput = nameInput('CreateAccountInput')
const UpdateAccountInput = nameInput('UpdateAccountInput')
builder.mutationFields((t) => ({
  createAccount: t.field({
    type: CreateAccountPayload,
    nullable: true,
    args: { input: t.arg({ type: CreateAccountInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      const { db, instance } = context
      const result = await mutate(context, (caller) => createAccount(db, caller, input, instance.mayCreateAccounts))
      return payload(result, (account) => ({ account }), { account: null })
    },
  }),
  updateAccount: t.field({
    type: UpdateAccountPayload,
    nullable: true,
    args: { input: t.arg({ type: UpdateAccountInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      const result = await mutate(context, (caller) => updateAccount(context.db, caller, input))
      return payload(result, (account) => ({ account }), { account: null })
    },
  }),
}))
