import { findSecrets, type IssuedSecret, rotateSecret } from '../apps/index.ts'
import { ActorRef, requireActor } from './actor.ts'
import { AppRef, GraceStartRef, SecretRef } from './app-type.ts'
import { builder } from './builder.ts'
import { mutate, requireCaller } from './context.ts'
import { NOT_ISSUED, type Payload, payload, UserErrorRef } from './errors.ts'
import { localId } from './node-id.ts'

builder.node(SecretRef, {
  id: { resolve: (secret) => secret.id },
  loadManyWithoutCache: (ids, context) => {
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
      description:
        'When it stops working, at the latest: null for the current one alone. With FIRST_USE it starts as 30 days after the rotation and moves earlier, once, at the first use of a newer secret.',
    }),
    awaitsFirstUse: t.exposeBoolean('awaitsFirstUse', {
      description: 'FIRST_USE, and no newer secret has been used yet.',
    }),
    lastUsedAt: t.expose('lastUsedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it last opened /oauth/token, /oauth/introspect or /oauth/revoke; at most a minute behind.',
    }),
    lastUsedIp: t.exposeString('lastUsedIp', { nullable: true }),
    safeToRevoke: t.exposeBoolean('safeToRevoke', {
      description:
        'Not current, and no token made with it can still be out there: replacement and last use both lie further back than the longest token lifetime that the app had since, plus 2 minutes.',
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
    graceStarts: t.field({ type: GraceStartRef, defaultValue: 'NOW' }),
    idempotencyKey: t.string({ description: 'As in CreateAppInput.' }),
    encryptTo: t.field({ type: 'JSON', description: 'As in CreateAppInput.' }),
  }),
})
const RotateSecretPayload = builder.objectRef<Payload<IssuedSecret>>('RotateSecretPayload').implement({
  fields: (t) => ({
    app: t.expose('app', { type: AppRef, nullable: true }),
    secret: t.expose('secret', { type: SecretRef, nullable: true, description: 'The new one.' }),
    clientSecret: t.exposeString('clientSecret', { nullable: true, description: 'Shown this once.' }),
    clientSecretJwe: t.exposeString('clientSecretJwe', { nullable: true }),
    previousSecretExpiresAt: t.expose('previousSecretExpiresAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When the old secret stops working, at the latest.',
    }),
    errors: t.expose('errors', { type: [UserErrorRef] }),
  }),
})

builder.mutationFields((t) => ({
  rotateSecret: t.field({
    type: RotateSecretPayload,
    nullable: true,
    args: { input: t.arg({ type: RotateSecretInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      const rotation = { ...input, appId: localId('App', input.appId) }
      const result = await mutate(context, (caller) => rotateSecret(context.db, caller, rotation, context.instance))
      return payload(result, (issued) => issued, NOT_ISSUED)
    },
  }),
}))
