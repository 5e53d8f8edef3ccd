import { type AccessExplanation, explainAccess } from '../apps/index.ts'
import { builder } from './builder.ts'
import { requireCaller } from './context.ts'
import { localId } from './node-id.ts'
import { EndpointRef } from './scope.ts'

const AccessExplanationRef = builder.objectRef<AccessExplanation>('AccessExplanation').implement({
  fields: (t) => ({
    allowed: t.exposeBoolean('allowed'),
    endpoint: t.expose('endpoint', { type: EndpointRef, nullable: true }),
    requiredScopes: t.field({
      type: ['String'],
      description: 'Any one of these opens it.',
      resolve: ({ requiredScopes }) => [...requiredScopes],
    }),
    grantedBy: t.exposeString('grantedBy', { nullable: true, description: 'The one that the app has.' }),
  }),
})

builder.queryField('explainAccess', (t) =>
  t.field({
    type: AccessExplanationRef,
    nullable: true,
    description:
      "Which scope would open METHOD on a URL (`https://host/path`) to an app, and whether it has it. By scopes alone, whatever the app's status.",
    args: {
      appId: t.arg.id({ required: true }),
      method: t.arg.string({ required: true }),
      url: t.arg.string({ required: true }),
    },
    resolve: (_root, { appId, method, url }, context) => {
      const { caller } = requireCaller(context)
      const question = { appId: localId('App', appId), method, url }
      return context.reads.read((tx) => explainAccess(tx, caller, context.instance.endpoints, question))
    },
  }),
)
