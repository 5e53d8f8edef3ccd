import type { Client } from 'urql'
import { graphql } from '../api/graphql.ts'
import { sentenceOf } from '../api/refusal.ts'
import { tabAccount } from './viewer.ts'

const Switch = graphql(`
  mutation SwitchAccount($accountId: ID!) {
    switchAccount(input: { accountId: $accountId }) { viewer { account { id } } errors { code message path } }
  }
`)

/** Takes the session into another account, and this tab with it. @returns what went wrong, or null */
export async function switchAccount(client: Client, accountId: string): Promise<string | null> {
  const { data, error } = await client.mutation(Switch, { accountId })
  if (error) return sentenceOf(error)
  const refusal = data?.switchAccount?.errors[0]
  if (refusal) return refusal.message
  tabAccount.keep(accountId)
  return null
}
