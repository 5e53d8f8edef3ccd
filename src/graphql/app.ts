import {
  type App,
  type AppFilter,
  type AppOrder,
  countApps,
  createApp,
  DEFAULT_APP_ORDER,
  deleteApp,
  findAppByClientId,
  findApps,
  type IssuedSecret,
  listApps,
  positionOf,
  updateApp,
} from '../apps/index.ts'
import { Fault } from '../result.ts'
import { ActorRef, requireActor } from './actor.ts'
import { AppKeyRef, AppRef, AppStatusRef, SecretRef, type ShownApp } from './app-type.ts'
import { AuditEventRef } from './audit-event.ts'
import { AuditEventConnectionRef, auditEventConnection } from './audit-event-connection.ts'
import { builder } from './builder.ts'
import { connectionOf, pageComplexity, pageRequestOf } from './connection.ts'
import { mutate, requireCaller } from './context.ts'
import { cursorsOf } from './cursor.ts'
import { NOT_ISSUED, type Payload, payload, UserErrorRef } from './errors.ts'
import { localId } from './node-id.ts'
import { ScopeRef, shownScopes } from './scope.ts'

builder.node(AppRef, {
  id: { resolve: (app) => app.id },
  loadManyWithoutCache: (ids, context) => {
    const { caller } = requireCaller(context)
    return context.reads.read((tx) => findApps(tx, caller, ids))
  },
  fields: (t) => ({
    clientId: t.exposeString('clientId'),
    name: t.exposeString('name'),
    status: t.field({ type: AppStatusRef, resolve: (app) => whole(app).status }),
    description: t.string({ nullable: true, resolve: (app) => whole(app).description }),
    tokenLifetime: t.field({
      type: 'Duration',
      description: 'How long an access token lives: 1 minute to 30 days, 1 hour unless said otherwise.',
      resolve: (app) => whole(app).tokenLifetime,
    }),
    scopes: t.field({
      type: [ScopeRef],
      description: 'At most 100.',
      resolve: (app, _args, context) => shownScopes(whole(app).scopes, context),
    }),
    secrets: t.field({
      type: [SecretRef],
      description:
        'The secrets that are not past their end, switched off or not: the current one first, then newest first. Never the secret itself.',
      resolve: (app, _args, context) => requireCaller(context).loaders.secrets.load(whole(app).id),
    }),
    keys: t.field({
      type: [AppKeyRef],
      description: 'Public keys that it may sign in with instead of a secret (private_key_jwt, RFC 7523).',
      resolve: (app, _args, context) => requireCaller(context).loaders.keys.load(whole(app).id),
    }),
    createdAt: t.field({ type: 'DateTime', resolve: (app) => whole(app).createdAt }),
    updatedAt: t.field({
      type: 'DateTime',
      description:
        'When name, description, tokenLifetime, scopes or status last changed; rotation and use do not count. Grows by at least a millisecond with each change.',
      resolve: (app) => whole(app).updatedAt,
    }),
    createdBy: t.field({
      type: ActorRef,
      resolve: (app, _args, context) => requireActor(context, whole(app).createdBy),
    }),
    lastUsedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When a token was last issued to it; accurate to a minute.',
      resolve: (app) => whole(app).lastUsedAt,
    }),
    deletedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'Set on a deleted app, which only the history still shows: `app`, `apps` and `node` do not.',
      resolve: (app) => whole(app).deletedAt,
    }),
    auditEvents: t.connection(
      {
        type: AuditEventRef,
        complexity: pageComplexity,
        resolve: (app, args, context) => auditEventConnection(context, { appId: app.id }, args),
      },
      AuditEventConnectionRef,
    ),
  }),
})

/** @throws Fault FORBIDDEN for an app of which the caller may know the name alone */
function whole(app: ShownApp): App {
  if (app.nameOnly) throw new Fault('FORBIDDEN', 'This needs the permission apps/read.')
  return app
}

const AppFilterInput = builder.inputType('AppFilter', {
  fields: (t) => ({
    search: t.string({ description: 'Part of the name, or the whole client id.' }),
    status: t.field({ type: AppStatusRef }),
    scope: t.string({ description: "Exactly this one among the app's scopes." }),
    createdBy: t.id(),
  }),
})
const AppOrderInput = builder.inputType('AppOrder', {
  fields: (t) => ({
    field: t.field({
      type: builder.enumType('AppOrderField', { values: ['CREATED_AT', 'UPDATED_AT', 'NAME'] as const }),
      required: true,
    }),
    direction: t.field({
      type: builder.enumType('OrderDirection', { values: ['ASC', 'DESC'] as const }),
      required: true,
    }),
  }),
})

builder.queryFields((t) => ({
  app: t.field({
    type: AppRef,
    nullable: true,
    args: { id: t.arg.id({ required: true }) },
    resolve: async (_root, { id }, context) => {
      const { caller } = requireCaller(context)
      const [app] = await context.reads.read((tx) => findApps(tx, caller, [localId('App', id)]))
      return app ?? null
    },
  }),
  appByClientId: t.field({
    type: AppRef,
    nullable: true,
    args: { clientId: t.arg.string({ required: true }) },
    resolve: (_root, { clientId }, context) => {
      const { caller } = requireCaller(context)
      return context.reads.read((tx) => findAppByClientId(tx, caller, clientId))
    },
  }),
  apps: t.connection(
    {
      type: AppRef,
      nullable: true,
      complexity: pageComplexity,
      args: { filter: t.arg({ type: AppFilterInput }), orderBy: t.arg({ type: AppOrderInput }) },
      resolve: async (_root, { filter, orderBy, ...args }, context) => {
        const { caller } = requireCaller(context)
        const cursors = cursorsOf(context.instance.cursorMac, caller.accountId)
        const order: AppOrder = orderBy ?? DEFAULT_APP_ORDER
        const conditions: AppFilter = {
          ...filter,
          createdBy: filter?.createdBy == null ? null : makerIdOf(filter.createdBy),
        }
        const request = pageRequestOf(args, (cursor) => cursors.toAppPosition(order, cursor))
        const page = await context.reads.read((tx) => listApps(tx, caller, conditions, order, request))
        return {
          ...connectionOf(page, (app) => cursors.ofApp(order, positionOf(app, order))),
          count: () => context.reads.read((tx) => countApps(tx, caller, conditions)),
        }
      },
    },
    {
      name: 'AppConnection',
      fields: (f) => ({
        totalCount: f.int({
          description: 'Exact up to 10,000, and 10,001 where there are more; counted only if asked for.',
          resolve: (connection) => connection.count(),
        }),
      }),
    },
    { name: 'AppEdge' },
  ),
}))

/** Apps are made by people and by apps. */
function makerIdOf(globalId: string): string {
  return [localId('User', globalId), localId('App', globalId)].sort().at(-1) ?? globalId
}

const CreateAppInput = builder.inputType('CreateAppInput', {
  description: [
    "`idempotencyKey` (1–255 characters, the caller's choice): sent again within 24 hours with the same input, the mutation happens once and answers the same;",
    'the secret is answered again for 10 minutes, then null with SECRET_ALREADY_SHOWN. With another input: IDEMPOTENCY_KEY_REUSED.',
    '`encryptTo`: a public JWK (EC P-256, X25519 or RSA ≥ 2048); the secret then comes as a compact JWE for that key, and in no other form.',
  ].join('\n'),
  fields: (t) => ({
    name: t.string({ required: true, description: '1 to 100 characters.' }),
    description: t.string({ description: 'Up to 1,000 characters.' }),
    tokenLifetime: t.field({ type: 'Duration', description: '`PT1M` to `P30D`; `PT1H` unless said otherwise.' }),
    scopes: t.stringList({ required: true, description: 'Names from the catalogue, at most 100, none twice.' }),
    idempotencyKey: t.string(),
    encryptTo: t.field({ type: 'JSON' }),
  }),
})
const CreateAppPayload = builder.objectRef<Payload<IssuedSecret>>('CreateAppPayload').implement({
  fields: (t) => ({
    app: t.expose('app', { type: AppRef, nullable: true }),
    secret: t.expose('secret', { type: SecretRef, nullable: true }),
    clientSecret: t.exposeString('clientSecret', { nullable: true, description: 'Shown this once.' }),
    clientSecretJwe: t.exposeString('clientSecretJwe', {
      nullable: true,
      description: 'Instead of it, where encryptTo was given.',
    }),
    errors: t.expose('errors', { type: [UserErrorRef] }),
  }),
})

const UpdateAppInput = builder.inputType('UpdateAppInput', {
  description: 'A field left out stays; `description: null` or a blank one clears it.',
  fields: (t) => ({
    id: t.id({ required: true }),
    name: t.string(),
    description: t.string(),
    tokenLifetime: t.field({ type: 'Duration' }),
    scopes: t.stringList(),
    status: t.field({ type: AppStatusRef }),
    ifUpdatedAt: t.field({
      type: 'DateTime',
      description: 'Refuse with CONFLICT if updatedAt is another by now; the payload then carries the app as it is.',
    }),
  }),
})
const UpdateAppPayload = builder.objectRef<Payload<{ app: App }>>('UpdateAppPayload').implement({
  fields: (t) => ({
    app: t.expose('app', { type: AppRef, nullable: true }),
    errors: t.expose('errors', { type: [UserErrorRef] }),
  }),
})

const DeleteAppInput = builder.inputType('DeleteAppInput', { fields: (t) => ({ id: t.id({ required: true }) }) })
const DeleteAppPayload = builder.objectRef<Payload<{ deletedAppId: string }>>('DeleteAppPayload').implement({
  fields: (t) => ({
    deletedAppId: t.globalID({
      nullable: true,
      resolve: ({ deletedAppId }) => (deletedAppId === null ? null : { type: AppRef, id: deletedAppId }),
    }),
    errors: t.expose('errors', { type: [UserErrorRef] }),
  }),
})

builder.mutationFields((t) => ({
  createApp: t.field({
    type: CreateAppPayload,
    nullable: true,
    args: { input: t.arg({ type: CreateAppInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      const result = await mutate(context, (caller) => createApp(context.db, caller, input, context.instance))
      return payload(result, (issued) => issued, NOT_ISSUED)
    },
  }),
  updateApp: t.field({
    type: UpdateAppPayload,
    nullable: true,
    args: { input: t.arg({ type: UpdateAppInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      const update = { ...input, id: localId('App', input.id) }
      const result = await mutate(context, (caller) =>
        updateApp(context.db, caller, update, context.instance.catalogue),
      )
      return payload(result, (app) => ({ app }), { app: null })
    },
  }),
  deleteApp: t.field({
    type: DeleteAppPayload,
    nullable: true,
    args: { input: t.arg({ type: DeleteAppInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      const result = await mutate(context, (caller) => deleteApp(context.db, caller, { id: localId('App', input.id) }))
      return payload(result, (deletedAppId) => ({ deletedAppId }), { deletedAppId: null })
    },
  }),
}))
