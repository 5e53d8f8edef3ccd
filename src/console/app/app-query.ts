import { graphql, type ResultOf } from '../api/graphql.ts'
import { MakerFields, SecretFields } from '../secrets/secret-fields.ts'

export const AppFields = graphql(
  `fragment AppFields on App {
    id
    clientId
    status
    name
    description
    tokenLifetime
    createdAt
    updatedAt
    lastUsedAt
    createdBy { ...MakerFields }
    scopes { name title }
    secrets { ...SecretFields }
    keys { id kid algorithm thumbprint createdAt lastUsedAt createdBy { ...MakerFields } }
  }`,
  [MakerFields, SecretFields],
)
export const AppQuery = graphql(`query App($id: ID!) { app(id: $id) { ...AppFields } }`, [AppFields])

export type App = NonNullable<ResultOf<typeof AppQuery>['app']>
