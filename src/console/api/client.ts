import { Client, type CombinedError, cacheExchange, fetchExchange, mapExchange, subscriptionExchange } from 'urql'
import { heardDate } from '../parts/clock.ts'
import { codeOf } from './refusal.ts'
import type { Socket } from './socket.ts'

/** What ends the tab's session, whichever question it came to. */
export type SessionEnd = 'UNAUTHENTICATED' | 'ACCOUNT_CHANGED'

/**
 * The way to the API. Every question names the account that the tab shows: where the session is in another by now,
 * nothing runs (ACCOUNT_CHANGED).
 *
 * @param account its id; null before it is known
 * @param onSessionEnd told when an answer says that the session is over, or in another account
 */
export function createApiClient(
  account: string | null,
  socket: Socket | null,
  onSessionEnd: (end: SessionEnd) => void,
): Client {
  const onError = (error: CombinedError) => {
    const code = codeOf(error)
    if (code === 'UNAUTHENTICATED' || code === 'ACCOUNT_CHANGED') onSessionEnd(code)
  }
  const exchanges = [cacheExchange, mapExchange({ onError }), fetchExchange]
  if (socket) exchanges.push(subscriptionExchange({ forwardSubscription: socket.forward }))
  return new Client({
    url: '/graphql',
    exchanges,
    preferGetMethod: false,
    fetchSubscriptions: false,
    fetch: async (input, init) => {
      const response = await fetch(input, init)
      heardDate(response.headers.get('date'))
      return response
    },
    fetchOptions: {
      credentials: 'same-origin',
      headers: account === null ? {} : { 'x-chatelaine-account': account },
    },
  })
}
