import { type AppSnapshot, findAppAt } from '../apps/index.ts'
import { AppStatusRef } from './app-type.ts'
import { builder } from './builder.ts'
import { requireCaller } from './context.ts'
import { localId } from './node-id.ts'

const AppSnapshotRef = builder.objectRef<AppSnapshot>('AppSnapshot').implement({
  fields: (t) => ({
    sequence: t.expose('sequence', { type: 'SafeInt' }),
    at: t.expose('at', { type: 'DateTime' }),
    name: t.exposeString('name'),
    description: t.exposeString('description', { nullable: true }),
    tokenLifetime: t.expose('tokenLifetime', { type: 'Duration' }),
    scopes: t.exposeStringList('scopes'),
    status: t.expose('status', { type: AppStatusRef }),
    secretHints: t.exposeStringList('secretHints', {
      description: 'Of the secrets that were not past their end, newest first.',
    }),
    deleted: t.exposeBoolean('deleted'),
  }),
})

builder.queryField('appAt', (t) =>
  t.field({
    type: AppSnapshotRef,
    nullable: true,
    description: "An app, living or deleted, as it was at that event of the account's history.",
    args: { id: t.arg.id({ required: true }), sequence: t.arg({ type: 'SafeInt', required: true }) },
    resolve: (_root, { id, sequence }, context) => {
      const { caller } = requireCaller(context)
      return context.reads.read((tx) => findAppAt(tx, caller, localId('App', id), sequence))
    },
  }),
)
