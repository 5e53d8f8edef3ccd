import { type FragmentOf, graphql } from '../api/graphql.ts'

/** Who made something, as it is today; an app's name under a key of its own, because a person may have none. */
export const MakerFields = graphql(`
  fragment MakerFields on Actor {
    __typename
    ... on User { email }
    ... on App { appName: name }
    ... on System { systemName: name }
  }
`)
export type Maker = FragmentOf<typeof MakerFields>

export const SecretFields = graphql(
  `fragment SecretFields on Secret {
    id
    status
    current
    hint
    createdAt
    createdBy { ...MakerFields }
    replacedAt
    expiresAt
    awaitsFirstUse
    lastUsedAt
    lastUsedIp
    safeToRevoke
  }`,
  [MakerFields],
)
export type Secret = FragmentOf<typeof SecretFields>

/** What a maker is called. */
export function nameOfMaker(maker: Maker): string {
  if (maker.__typename === 'User') return maker.email
  return maker.__typename === 'App' ? maker.appName : maker.systemName
}
