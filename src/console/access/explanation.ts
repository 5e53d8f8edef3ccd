import { graphql, type ResultOf } from '../api/graphql.ts'
import type { Verdict } from './asked-before.ts'

export const ExplainQuery = graphql(`
  query ExplainAccess($app: ID!, $method: String!, $url: String!) {
    app(id: $app) { id name updatedAt scopes { name } }
    explainAccess(appId: $app, method: $method, url: $url) {
      allowed
      endpoint { method host path }
      requiredScopes
      grantedBy
    }
  }
`)
export const AddScope = graphql(`
  mutation AddScope($input: UpdateAppInput!) {
    updateApp(input: $input) { app { id updatedAt scopes { name } } errors { code message path } }
  }
`)

type Answer = ResultOf<typeof ExplainQuery>
export type Explanation = NonNullable<Answer['explainAccess']>
export type ExplainedApp = NonNullable<Answer['app']>

export function verdictOf({ allowed, endpoint }: Pick<Explanation, 'allowed' | 'endpoint'>): Verdict {
  if (allowed) return 'allowed'
  return endpoint ? 'refused' : 'no-match'
}
