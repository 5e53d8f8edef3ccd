import type { Client } from 'urql'
import { graphql } from '../api/graphql.ts'
import type { Outcome } from '../secrets/change-secrets.ts'

const SetStatus = graphql(`
  mutation SetAppStatus($id: ID!, $status: AppStatus!) {
    updateApp(input: { id: $id, status: $status }) { app { id status updatedAt } errors { code message path } }
  }
`)
const RevokeTokens = graphql(`
  mutation RevokeTokens($appId: ID!) {
    revokeTokens(input: { appId: $appId }) { app { id } errors { code message path } }
  }
`)
const DeleteApp = graphql(`
  mutation DeleteApp($id: ID!) { deleteApp(input: { id: $id }) { deletedAppId errors { code message path } } }
`)

/** Disables an app, or enables it again. */
export async function setStatus(client: Client, id: string, status: 'ACTIVE' | 'DISABLED'): Promise<Outcome> {
  const { data, error } = await client.mutation(SetStatus, { id, status })
  return { error, refusal: data?.updateApp?.errors[0] }
}

/** Ends every access token that the app has out there; its secrets go on. */
export async function revokeTokens(client: Client, appId: string): Promise<Outcome> {
  const { data, error } = await client.mutation(RevokeTokens, { appId })
  return { error, refusal: data?.revokeTokens?.errors[0] }
}

/** For good; its history stays. */
export async function deleteApp(client: Client, id: string): Promise<Outcome> {
  const { data, error } = await client.mutation(DeleteApp, { id })
  return { error, refusal: data?.deleteApp?.errors[0] }
}
