import { addMember, findMembers, type Member, removeMember, updateMember } from '../accounts/index.ts'
import type { Role } from '../caller.ts'
import { UserRef } from './actor.ts'
import { builder } from './builder.ts'
import { mutate, requireCaller } from './context.ts'
import { type Payload, payload, UserErrorRef } from './errors.ts'
import { localId } from './node-id.ts'

const roles: Role[] = ['OWNER', 'ADMIN', 'DEVELOPER', 'AUDITOR']
export const RoleRef = builder.enumType('Role', {
  description: 'OWNER: all; ADMIN: apps and members; DEVELOPER: apps; AUDITOR: read only, audit included.',
  values: roles,
})

export const MemberRef = builder.objectRef<Member>('Member')
builder.node(MemberRef, {
  id: { resolve: (member) => member.id },
  loadManyWithoutCache: (ids, context) => {
    const { caller } = requireCaller(context)
    return context.reads.read((tx) => findMembers(tx, caller, ids))
  },
  fields: (t) => ({
    user: t.expose('user', { type: UserRef }),
    role: t.expose('role', { type: RoleRef }),
    joinedAt: t.expose('joinedAt', { type: 'DateTime' }),
  }),
})

const AddMemberInput = builder.inputType('AddMemberInput', {
  fields: (t) => ({
    email: t.string({ required: true }),
    role: t.field({ type: RoleRef, required: true }),
    password: t.string({ required: true, description: '12 to 1,024 characters.' }),
  }),
})
const UpdateMemberInput = builder.inputType('UpdateMemberInput', {
  fields: (t) => ({ userId: t.id({ required: true }), role: t.field({ type: RoleRef, required: true }) }),
})
const RemoveMemberInput = builder.inputType('RemoveMemberInput', {
  fields: (t) => ({ userId: t.id({ required: true }) }),
})
const MemberPayload = builder.objectRef<Payload<{ member: Member }>>('MemberPayload').implement({
  fields: (t) => ({
    member: t.expose('member', { type: MemberRef, nullable: true }),
    errors: t.expose('errors', { type: [UserErrorRef] }),
  }),
})
const RemoveMemberPayload = builder.objectRef<Payload<{ removedUserId: string }>>('RemoveMemberPayload').implement({
  fields: (t) => ({
    removedUserId: t.globalID({
      nullable: true,
      resolve: ({ removedUserId }) => (removedUserId === null ? null : { type: UserRef, id: removedUserId }),
    }),
    errors: t.expose('errors', { type: [UserErrorRef] }),
  }),
})

builder.mutationFields((t) => ({
  addMember: t.field({
    type: MemberPayload,
    nullable: true,
    description: 'Makes a new person a member. Who has a password here already is invited instead.',
    args: { input: t.arg({ type: AddMemberInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      const result = await mutate(context, (caller) => addMember(context.db, caller, input, context.instance))
      return payload(result, (member) => ({ member }), { member: null })
    },
  }),
  updateMember: t.field({
    type: MemberPayload,
    nullable: true,
    args: { input: t.arg({ type: UpdateMemberInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      const change = { userId: localId('User', input.userId), role: input.role }
      const result = await mutate(context, (caller) => updateMember(context.db, caller, change))
      return payload(result, (member) => ({ member }), { member: null })
    },
  }),
  removeMember: t.field({
    type: RemoveMemberPayload,
    nullable: true,
    args: { input: t.arg({ type: RemoveMemberInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      const removal = { userId: localId('User', input.userId) }
      const result = await mutate(context, (caller) => removeMember(context.db, caller, removal))
      return payload(result, (removedUserId) => ({ removedUserId }), { removedUserId: null })
    },
  }),
}))
