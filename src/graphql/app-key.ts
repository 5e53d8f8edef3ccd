import { type AddedKey, type App, addAppKey, findAppKeys, removeAppKey } from '../apps/index.ts'
import { ActorRef, requireActor } from './actor.ts'
import { AppKeyRef, AppRef } from './app-type.ts'
import { builder } from './builder.ts'
import { mutate, requireCaller } from './context.ts'
import { type Payload, payload, UserErrorRef } from './errors.ts'
import { localId } from './node-id.ts'

builder.node(AppKeyRef, {
  description:
    'A public key of an app, given as a JWK. Keys are never fetched from an address: nothing here calls out.',
  id: { resolve: (key) => key.id },
  loadManyWithoutCache: (ids, context) => {
    const { caller } = requireCaller(context)
    return context.reads.read((tx) => findAppKeys(tx, caller, ids))
  },
  fields: (t) => ({
    kid: t.exposeString('kid', { nullable: true }),
    algorithm: t.exposeString('algorithm', {
      description:
        'The one that assertions have to be signed by: ES256, ES384, EdDSA, RS256 or PS256. The JWK’s own `alg`; without one, of an RSA key RS256.',
    }),
    thumbprint: t.exposeString('thumbprint', { description: 'RFC 7638.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    createdBy: t.field({ type: ActorRef, resolve: (key, _args, context) => requireActor(context, key.createdBy) }),
    lastUsedAt: t.expose('lastUsedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it last opened /oauth/token, /oauth/introspect or /oauth/revoke; accurate to a minute.',
    }),
  }),
})

const AddAppKeyInput = builder.inputType('AddAppKeyInput', {
  fields: (t) => ({
    appId: t.id({ required: true }),
    jwk: t.field({
      type: 'JSON',
      required: true,
      description: 'Public: EC P-256/P-384, Ed25519, or RSA ≥ 2048.',
    }),
  }),
})
const AddAppKeyPayload = builder.objectRef<Payload<AddedKey>>('AddAppKeyPayload').implement({
  fields: (t) => ({
    app: t.expose('app', { type: AppRef, nullable: true }),
    key: t.expose('key', { type: AppKeyRef, nullable: true }),
    errors: t.expose('errors', { type: [UserErrorRef] }),
  }),
})

const RemoveAppKeyInput = builder.inputType('RemoveAppKeyInput', { fields: (t) => ({ id: t.id({ required: true }) }) })
const RemoveAppKeyPayload = builder.objectRef<Payload<{ app: App }>>('RemoveAppKeyPayload').implement({
  fields: (t) => ({
    app: t.expose('app', { type: AppRef, nullable: true }),
    errors: t.expose('errors', { type: [UserErrorRef] }),
  }),
})

builder.mutationFields((t) => ({
  addAppKey: t.field({
    type: AddAppKeyPayload,
    nullable: true,
    description: 'Gives an app a public key that it may sign in with instead of a secret; at most 5.',
    args: { input: t.arg({ type: AddAppKeyInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      const added = { appId: localId('App', input.appId), jwk: input.jwk ?? null }
      const result = await mutate(context, (caller) => addAppKey(context.db, caller, added))
      return payload(result, (made): AddedKey => made, { app: null, key: null })
    },
  }),
  removeAppKey: t.field({
    type: RemoveAppKeyPayload,
    nullable: true,
    description:
      'Nothing signed with the key is taken from here on; tokens issued to it live to their end (revokeTokens ends those).',
    args: { input: t.arg({ type: RemoveAppKeyInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      const removed = { id: localId('AppKey', input.id) }
      const result = await mutate(context, (caller) => removeAppKey(context.db, caller, removed))
      return payload(result, (app) => ({ app }), { app: null })
    },
  }),
}))
