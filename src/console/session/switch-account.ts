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
  const before = tabAccount.read()
  tabAccount.keep(accountId) // first: the server closes this tab's socket, and it comes in again, before it answers here
  const { data, error } = await client.mutation(Switch, { accountId })
  const refusal = error ? sentenceOf(error) : (data?.switchAccount?.errors[0]?.message ?? null)
  if (refusal === null) return null
  if (before === null) tabAccount.forget()
  else tabAccount.keep(before)
  return refusal
}
