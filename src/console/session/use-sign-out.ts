import { useNavigate } from '@tanstack/react-router'
import { useClient } from 'urql'
import { graphql } from '../api/graphql.ts'
import { tabAccount } from './viewer.ts'

const SignOut = graphql(`mutation SignOut { signOut { ok } }`)

/** Ends this session, and leaves for the sign-in page. */
export function useSignOut(): () => Promise<void> {
  const client = useClient()
  const navigate = useNavigate()
  return async () => {
    await client.mutation(SignOut, {})
    tabAccount.forget()
    await navigate({ to: '/sign-in' })
  }
}
