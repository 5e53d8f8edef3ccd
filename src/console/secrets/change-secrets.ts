import type { Client, CombinedError } from 'urql'
import { graphql } from '../api/graphql.ts'
import type { UserError } from '../api/refusal.ts'

const EndSecret = graphql(`
  mutation EndSecret($id: ID!) {
    revokeSecret(input: { id: $id }) { app { id secrets { id } } errors { code message path } }
  }
`)
const SetSecretEnabled = graphql(`
  mutation SetSecretEnabled($id: ID!, $enabled: Boolean!) {
    setSecretEnabled(input: { id: $id, enabled: $enabled }) { app { id secrets { id } } errors { code message path } }
  }
`)
const UndoRotation = graphql(`
  mutation UndoRotation($appId: ID!, $secretId: ID!) {
    undoRotation(input: { appId: $appId, secretId: $secretId }) { app { id secrets { id } } errors { code message path } }
  }
`)

/** What became of a change: a fault, a refusal, or neither. */
export type Outcome = { error?: CombinedError; refusal?: UserError }

/** Ends an older secret before its time. */
export async function endSecret(client: Client, id: string): Promise<Outcome> {
  const { data, error } = await client.mutation(EndSecret, { id })
  return { error, refusal: data?.revokeSecret?.errors[0] }
}

/** Switches a secret off, or on again. */
export async function setSecretEnabled(client: Client, id: string, enabled: boolean): Promise<Outcome> {
  const { data, error } = await client.mutation(SetSecretEnabled, { id, enabled })
  return { error, refusal: data?.setSecretEnabled?.errors[0] }
}

/** @param secretId the current one on screen: where another is current by now, nothing is undone (CONFLICT) */
export async function undoRotation(client: Client, appId: string, secretId: string): Promise<Outcome> {
  const { data, error } = await client.mutation(UndoRotation, { appId, secretId })
  return { error, refusal: data?.undoRotation?.errors[0] }
}
