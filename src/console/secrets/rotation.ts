import type { Client } from 'urql'
import { graphql } from '../api/graphql.ts'
import { wireDuration } from '../parts/duration.ts'
import type { Outcome } from './change-secrets.ts'

/** The longest grace period, seconds; with FIRST_USE also how long a secret waits at the most. */
export const LONGEST_GRACE = 30 * 86_400
/** An app has five live secrets at the most, switched off or not. */
export const MOST_LIVE = 5

export type Start = 'NOW' | 'FIRST_USE'

const RotateSecret = graphql(`
  mutation RotateSecret($input: RotateSecretInput!) {
    rotateSecret(input: $input) { app { id secrets { id } } clientSecret errors { code message path } }
  }
`)

/**
 * Gives an app a new secret.
 * @param rotation.grace seconds
 * @param rotation.idempotencyKey sent again, it answers the same, so that a lost answer is no lost secret
 * @returns the secret, this once: keep it in component state and nowhere else
 */
export async function rotateSecret(
  client: Client,
  appId: string,
  rotation: { grace: number; start: Start; idempotencyKey: string },
): Promise<Outcome & { clientSecret: string | null }> {
  const { grace, start, idempotencyKey } = rotation
  const input = { appId, gracePeriod: wireDuration(grace), graceStarts: start, idempotencyKey }
  const { data, error } = await client.mutation(RotateSecret, { input })
  const answer = data?.rotateSecret
  return { error, refusal: answer?.errors[0], clientSecret: answer?.clientSecret ?? null }
}
