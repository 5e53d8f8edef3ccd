import { sql } from 'drizzle-orm'
import {
  authenticateClient,
  type Client,
  createUseLog,
  listSecrets,
  type RotateSecret,
  rotateSecret,
  type Secret,
} from '../../src/apps/index.ts'
import type { Caller, Origin } from '../../src/caller.ts'
import { type Database, inSystem } from '../../src/database/index.ts'
import { type Issued, issued, read, type TestInstance } from '../support/index.ts'

/** Moves all that is known of an app's secrets into the past, as if that much time had passed since. */
export async function letPass(db: Database, appId: string, seconds: number): Promise<void> {
  const moved = ['created_at', 'replaced_at', 'expires_at', 'disabled_at', 'last_used_at', 'needed_until']
    .map((column) => `${column} = ${column} - ${seconds} * interval '1 second'`)
    .join(', ')
  await inSystem(db, (tx) => tx.execute(sql.raw(`update secrets set ${moved} where app_id = '${appId}'`)))
}

export async function rotated(
  db: Database,
  owner: Caller,
  input: RotateSecret,
  instance: TestInstance,
): Promise<Issued & { previousSecretExpiresAt: Date }> {
  const { previousSecretExpiresAt, ...rotation } = issued(await rotateSecret(db, owner, input, instance))
  if (!previousSecretExpiresAt) throw new Error('A rotation that replaced nothing.')
  return { ...rotation, previousSecretExpiresAt }
}

export async function secretsOf(db: Database, owner: Caller, appId: string): Promise<Secret[]> {
  return (await read(db, owner, (tx) => listSecrets(tx, owner, [appId])))[0] ?? []
}

export async function authenticated(
  db: Database,
  instance: TestInstance,
  { app }: Issued,
  clientSecret: string,
): Promise<Client> {
  const client = await authenticateClient(db, instance, app.clientId, clientSecret)
  if (!client) throw new Error('The client was not authenticated.')
  return client
}

/** The use of a secret at the token endpoint, noted and, where that goes in batches, written. */
export async function use(db: Database, instance: TestInstance, app: Issued, clientSecret: string): Promise<Client> {
  const client = await authenticated(db, instance, app, clientSecret)
  const uses = createUseLog(db, (error) => {
    throw error
  })
  await uses.note(client, { issued: true, ip: '192.0.2.1' })
  await uses.close()
  return client
}

export const ORIGIN: Origin = { source: 'API', ip: '192.0.2.1', userAgent: 'job/1', requestId: 'r' }
