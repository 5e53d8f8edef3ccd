import { type App, findSecrets, revokeSecret, rotateSecret, type SecretRotation } from '../apps/index.ts'
import { ActorRef, requireActor } from './actor.ts'
import { AppRef, SecretRef } from './app-type.ts'
import { builder } from './builder.ts'
import { mutate, requireCaller } from './context.ts'
import { type Payload, payload, UserErrorRef } from './errors.ts'
import { localId } from './node-id.ts'

builder.node(SecretRef, {
  id: { resolve: (secret) => secret.id },
  loadMany: (ids, context) => {
    const { caller } = requireCaller(context)
    return context.reads.read((tx) => findSecrets(tx, caller, ids))
  },
  fields: (t) => ({
    status: t.expose('status', {
      type: builder.enumType('SecretStatus', {
        description:
          'GRACE: rotated away, still works until expiresAt. DISABLED: switched off, may be switched on again until its end.',
        values: ['CURRENT', 'GRACE', 'DISABLED'] as const,
      }),
    }),
    current: t.exposeBoolean('current', {
      description: 'The one that rotateSecret would replace, also while it is switched off.',
    }),
    hint: t.exposeString('hint', { description: 'The last four characters, to tell one from another.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    createdBy: t.field({
      type: ActorRef,
      resolve: (secret, _args, context) => requireActor(context, secret.createdBy),
    }),
    replacedAt: t.expose('replacedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When a later one took its place; null for the current one.',
    }),
    expiresAt: t.expose('expiresAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it stops working, at the latest: null for the current one alone.',
    }),
  }),
})

const RotateSecretInput = builder.inputType('RotateSecretInput', {
  fields: (t) => ({
    appId: t.id({ required: true }),
    gracePeriod: t.field({
      type: 'Duration',
      required: true,
      description: 'For how long the old secret stays valid: 0 to 30 days; `PT0S` ends it at once.',
    }),
  }),
})
const RotateSecretPayload = builder.objectRef<Payload<SecretRotation>>('RotateSecretPayload').implement({
  fields: (t) => ({
    app: t.expose('app', { type: AppRef, nullable: true }),
    secret: t.expose('secret', { type: SecretRef, nullable: true, description: 'The new one.' }),
    clientSecret: t.exposeString('clientSecret', { nullable: true, description: 'Shown this once.' }),
    previousSecretExpiresAt: t.expose('previousSecretExpiresAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When the old secret stops working, at the latest.',
    }),
    errors: t.expose('errors', { type: [UserErrorRef] }),
  }),
})

const RevokeSecretInput = builder.inputType('RevokeSecretInput', { fields: (t) => ({ id: t.id({ required: true }) }) })
const RevokeSecretPayload = builder.objectRef<Payload<{ app: App }>>('RevokeSecretPayload').implement({
  fields: (t) => ({
    app: t.expose('app', { type: AppRef, nullable: true }),
    errors: t.expose('errors', { type: [UserErrorRef] }),
  }),
})

builder.mutationFields((t) => ({
  rotateSecret: t.field({
    type: RotateSecretPayload,
    nullable: true,
    args: { input: t.arg({ type: RotateSecretInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      const rotation = { appId: localId('App', input.appId), gracePeriod: input.gracePeriod }
      const result = await mutate(context, (caller) => rotateSecret(context.db, caller, rotation, context.instance))
      const none = { app: null, secret: null, clientSecret: null, previousSecretExpiresAt: null }
      return payload(result, (rotated): SecretRotation => rotated, none)
    },
  }),
  revokeSecret: t.field({
    type: RevokeSecretPayload,
    nullable: true,
    description: 'Ends an older secret before its grace period does.',
    args: { input: t.arg({ type: RevokeSecretInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      const result = await mutate(context, (caller) =>
        revokeSecret(context.db, caller, { id: localId('Secret', input.id) }),
      )
      return payload(result, (app) => ({ app }), { app: null })
    },
  }),
}))
