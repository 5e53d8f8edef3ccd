import {
  acceptInvitation,
  findInvitations,
  type Invitation,
  inviteMember,
  listInvitations,
  revokeInvitation,
} from '../accounts/index.ts'
import { ActorRef, requireActor } from './actor.ts'
import { builder } from './builder.ts'
import { mutate, requireCaller } from './context.ts'
import { type Payload, payload, UserErrorRef } from './errors.ts'
import { RoleRef } from './member.ts'
import { localId } from './node-id.ts'
import { answerSignIn, SignInPayload } from './viewer.ts'

const InvitationRef = builder.objectRef<Invitation>('Invitation')
builder.node(InvitationRef, {
  id: { resolve: (invitation) => invitation.id },
  loadManyWithoutCache: (ids, context) => {
    const { caller } = requireCaller(context)
    return context.reads.read((tx) => findInvitations(tx, caller, ids))
  },
  fields: (t) => ({
    email: t.exposeString('email'),
    role: t.expose('role', { type: RoleRef }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    expiresAt: t.expose('expiresAt', { type: 'DateTime' }),
    invitedBy: t.field({
      type: ActorRef,
      resolve: (invitation, _args, context) => requireActor(context, invitation.invitedBy),
    }),
  }),
})

builder.queryField('invitations', (t) =>
  t.field({
    type: [InvitationRef],
    nullable: true,
    description: 'The open ones, oldest first: at most 100.',
    resolve: (_root, _args, context) => {
      const { caller } = requireCaller(context)
      return context.reads.read((tx) => listInvitations(tx, caller))
    },
  }),
)

const InviteMemberInput = builder.inputType('InviteMemberInput', {
  fields: (t) => ({ email: t.string({ required: true }), role: t.field({ type: RoleRef, required: true }) }),
})
const InviteMemberPayload = builder
  .objectRef<Payload<{ invitation: Invitation; link: string }>>('InviteMemberPayload')
  .implement({
    fields: (t) => ({
      invitation: t.expose('invitation', { type: InvitationRef, nullable: true }),
      link: t.exposeString('link', {
        nullable: true,
        description: 'A one-time link, shown this once: the caller delivers it.',
      }),
      errors: t.expose('errors', { type: [UserErrorRef] }),
    }),
  })
const AcceptInvitationInput = builder.inputType('AcceptInvitationInput', {
  fields: (t) => ({
    token: t.string({ required: true }),
    password: t.string({
      description:
        'New people choose it; who already has one gives that one; may be left out by who is signed in under the invited e-mail.',
    }),
    name: t.string(),
  }),
})
const RevokeInvitationInput = builder.inputType('RevokeInvitationInput', {
  fields: (t) => ({ id: t.id({ required: true }) }),
})
const RevokeInvitationPayload = builder
  .objectRef<Payload<{ revokedInvitationId: string }>>('RevokeInvitationPayload')
  .implement({
    fields: (t) => ({
      revokedInvitationId: t.globalID({
        nullable: true,
        resolve: ({ revokedInvitationId: id }) => (id === null ? null : { type: InvitationRef, id }),
      }),
      errors: t.expose('errors', { type: [UserErrorRef] }),
    }),
  })

builder.mutationFields((t) => ({
  inviteMember: t.field({
    type: InviteMemberPayload,
    nullable: true,
    args: { input: t.arg({ type: InviteMemberInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      // After the #: a browser sends that part to no server, so the token stands in no log.
      const linkOf = (token: string) => `${context.instance.publicUrl}/invitation#${token}`
      const result = await mutate(context, (caller) => inviteMember(context.db, caller, input, linkOf))
      return payload(result, (invited) => invited, { invitation: null, link: null })
    },
  }),
  acceptInvitation: t.field({
    type: SignInPayload,
    nullable: true,
    args: { input: t.arg({ type: AcceptInvitationInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      const { db, caller, origin, instance, reads } = context
      return answerSignIn(context, await reads.pause(() => acceptInvitation(db, caller, origin, input, instance)))
    },
  }),
  revokeInvitation: t.field({
    type: RevokeInvitationPayload,
    nullable: true,
    args: { input: t.arg({ type: RevokeInvitationInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      const id = localId('Invitation', input.id)
      const result = await mutate(context, (caller) => revokeInvitation(context.db, caller, { id }))
      return payload(result, (revokedInvitationId) => ({ revokedInvitationId }), { revokedInvitationId: null })
    },
  }),
}))
