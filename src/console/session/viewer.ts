import type { Client } from 'urql'
import { graphql, type ResultOf } from '../api/graphql.ts'
import { codeOf } from '../api/refusal.ts'

export const ViewerFields = graphql(`
  fragment ViewerFields on Viewer {
    role
    permissions
    account { id name }
    actor { __typename ... on User { id email name } }
    memberships { role current account { id name } }
  }
`)
const ViewerQuery = graphql(`query Viewer { viewer { ...ViewerFields } }`, [ViewerFields])

export type Viewer = NonNullable<ResultOf<typeof ViewerQuery>['viewer']>

const KEY = 'chatelaine.account'

/** The account that this tab shows: of the tab, not of the browser, so that each tab keeps its own. */
export const tabAccount = {
  read: () => sessionStorage.getItem(KEY),
  keep: (accountId: string) => sessionStorage.setItem(KEY, accountId),
  forget: () => sessionStorage.removeItem(KEY),
}

/** What a tab finds when it comes in. */
export type Entry =
  | { state: 'in'; viewer: Viewer }
  | { state: 'signed-out' }
  /** The session is in another account than the one that this tab shows. */
  | { state: 'elsewhere'; viewer: Viewer; shown: string }
  | { state: 'fault'; sentence: string }

/** Asks who is signed in, and whether the session is where the tab is. @param clientFor one that names that account */
export async function enter(clientFor: (account: string | null) => Client): Promise<Entry> {
  const shown = tabAccount.read()
  const first = await ask(clientFor(shown))
  if (shown !== null && first.state === 'changed') {
    const now = await ask(clientFor(null))
    return now.state === 'in' ? { ...now, state: 'elsewhere', shown } : settled(now)
  }
  if (first.state === 'in') tabAccount.keep(first.viewer.account.id)
  return settled(first)
}

type Answer = Exclude<Entry, { state: 'elsewhere' }> | { state: 'changed' }

async function ask(client: Client): Promise<Answer> {
  const { data, error } = await client.query(ViewerQuery, {}, { requestPolicy: 'network-only' })
  if (data?.viewer) return { state: 'in', viewer: data.viewer }
  const code = codeOf(error)
  if (code === 'ACCOUNT_CHANGED') return { state: 'changed' }
  if (!error || code === 'UNAUTHENTICATED') return { state: 'signed-out' }
  return { state: 'fault', sentence: error.networkError ? 'The server could not be reached.' : error.message }
}

function settled(answer: Answer): Entry {
  return answer.state === 'changed' ? { state: 'fault', sentence: 'The session changes right now.' } : answer
}
