import { createYoga } from 'graphql-yoga'
import type { Database } from '../database/index.ts'
import { type Context, createContext, type Instance } from '../graphql/context.ts'
import { schema } from '../graphql/schema.ts'
import { useAnswers } from './answers.ts'
import { useOperationRules } from './operation-rules.ts'
import type { ServerContext } from './server-context.ts'

const MAX_BODY = 1_048_576

/**
 * GraphQL over HTTP and over server-sent events, behind the gate.
 * @param onInternal told of errors that are shown as INTERNAL, with the request's id
 */
export function createGraphQL(
  db: Database,
  instance: Instance,
  onInternal: (error: unknown, requestId: string | null) => void,
) {
  return createYoga<ServerContext, Context>({
    schema,
    graphqlEndpoint: '/graphql',
    context: (request) => createContext(db, instance, request),
    plugins: [useOperationRules(), useAnswers(onInternal)],
    maskedErrors: false, // useAnswers shows them, with the request's id
    maxRequestBodySize: MAX_BODY,
    graphiql: false, // it is served by itself, as files, under a strict policy
    batching: false,
    multipart: false,
    cors: false,
    landingPage: false,
    logging: false,
  })
}

export type GraphQLServer = ReturnType<typeof createGraphQL>
