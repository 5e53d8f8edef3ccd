import { type App, revokeSecret, revokeTokens, setSecretEnabled, undoRotation } from '../apps/index.ts'
import type { Caller } from '../caller.ts'
import type { Result } from '../result.ts'
import { AppRef } from './app-type.ts'
import { builder } from './builder.ts'
import { type Context, mutate } from './context.ts'
import { type Payload, payload, UserErrorRef } from './errors.ts'
import { localId } from './node-id.ts'

/** What may happen to an app's secrets and tokens between two rotations: each answers the app. */
type AppPayload = Payload<{ app: App }>

function appPayload(name: string) {
  return builder.objectRef<AppPayload>(name).implement({
    fields: (t) => ({
      app: t.expose('app', { type: AppRef, nullable: true }),
      errors: t.expose('errors', { type: [UserErrorRef] }),
    }),
  })
}

async function change(context: Context, work: (caller: Caller) => Promise<Result<App>>): Promise<AppPayload> {
  return payload(await mutate(context, work), (app) => ({ app }), { app: null })
}

const UndoRotationInput = builder.inputType('UndoRotationInput', {
  fields: (t) => ({
    appId: t.id({ required: true }),
    secretId: t.id({
      required: true,
      description:
        'The current secret, which is to be taken back: CONFLICT if it is not the current one (a second click undoes nothing more).',
    }),
  }),
})
const SetSecretEnabledInput = builder.inputType('SetSecretEnabledInput', {
  fields: (t) => ({ id: t.id({ required: true }), enabled: t.boolean({ required: true }) }),
})
const RevokeSecretInput = builder.inputType('RevokeSecretInput', { fields: (t) => ({ id: t.id({ required: true }) }) })
const RevokeTokensInput = builder.inputType('RevokeTokensInput', {
  fields: (t) => ({ appId: t.id({ required: true }) }),
})

builder.mutationFields((t) => ({
  undoRotation: t.field({
    type: appPayload('UndoRotationPayload'),
    nullable: true,
    description:
      'The rotation did not go well: the secret before becomes the current one again, while it still lives, and the newest one ends at once, with its tokens.',
    args: { input: t.arg({ type: UndoRotationInput, required: true }) },
    resolve: (_root, { input }, context) => {
      const rotation = { appId: localId('App', input.appId), secretId: localId('Secret', input.secretId) }
      return change(context, (caller) => undoRotation(context.db, caller, rotation))
    },
  }),
  setSecretEnabled: t.field({
    type: appPayload('SetSecretEnabledPayload'),
    nullable: true,
    description: 'Switches a secret off, reversibly: see who still needs it before it ends for good.',
    args: { input: t.arg({ type: SetSecretEnabledInput, required: true }) },
    resolve: (_root, { input }, context) => {
      const setting = { id: localId('Secret', input.id), enabled: input.enabled }
      return change(context, (caller) => setSecretEnabled(context.db, caller, setting))
    },
  }),
  revokeSecret: t.field({
    type: appPayload('RevokeSecretPayload'),
    nullable: true,
    description: 'Ends an older secret before its grace period does.',
    args: { input: t.arg({ type: RevokeSecretInput, required: true }) },
    resolve: (_root, { input }, context) =>
      change(context, (caller) => revokeSecret(context.db, caller, { id: localId('Secret', input.id) })),
  }),
  revokeTokens: t.field({
    type: appPayload('RevokeTokensPayload'),
    nullable: true,
    description: 'Ends every access token that the app has out there; its secrets go on.',
    args: { input: t.arg({ type: RevokeTokensInput, required: true }) },
    resolve: (_root, { input }, context) =>
      change(context, (caller) => revokeTokens(context.db, caller, { appId: localId('App', input.appId) })),
  }),
}))
