import { useCallback, useEffect, useState } from 'react'
import { type Client, type CombinedError, useClient } from 'urql'
import { graphql, type ResultOf } from '../api/graphql.ts'
import { useRefetchOn } from '../live/use-refetch-on.ts'

const MembersQuery = graphql(`
  query Members($after: String) {
    viewer {
      account {
        members(first: 100, after: $after) {
          nodes { id role joinedAt user { id email name } }
          pageInfo { hasNextPage endCursor }
        }
      }
    }
  }
`)

type Account = NonNullable<ResultOf<typeof MembersQuery>['viewer']>['account']
export type Member = NonNullable<Account['members']>['nodes'][number]

type Found = { members: readonly Member[] | null; error: CombinedError | null }

/** All members, page after page, the first joined first; asked for anew when one comes, goes or changes. */
export function useMembers(): Found & { reload: () => void } {
  const client = useClient()
  const [found, setFound] = useState<Found>({ members: null, error: null })
  const reload = useCallback(async () => {
    const next = await allMembers(client)
    setFound((before) => ({ ...next, members: next.members ?? before.members }))
  }, [client])
  useEffect(() => void reload(), [reload])
  useRefetchOn(
    ({ type }) => type.startsWith('MEMBER_'),
    () => void reload(),
  )
  return { ...found, reload: () => void reload() }
}

async function allMembers(client: Client): Promise<Found> {
  const members: Member[] = []
  let after: string | null = null
  do {
    const { data, error }: MembersAnswer = await client
      .query(MembersQuery, { after }, { requestPolicy: 'network-only' })
      .toPromise()
    const page: Account['members'] | undefined = data?.viewer?.account.members
    if (!page) return { members: null, error: error ?? null }
    members.push(...page.nodes)
    after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null
  } while (after !== null)
  return { members, error: null }
}

type MembersAnswer = { data?: ResultOf<typeof MembersQuery>; error?: CombinedError }
