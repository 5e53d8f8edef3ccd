import { randomBytes } from 'node:crypto'
import { sql } from 'drizzle-orm'
import { pino } from 'pino'
import { type Database, inSystem, keys } from '../../src/database/index.ts'
import { type FollowedKeys, followKeys, openWorkingKeys, type Wrapping } from '../../src/keys/index.ts'

export const DAY = 86_400
export const settings = { algorithm: 'ES256', rotation: 30 * DAY } as const
export const newWrapping = (): Wrapping => ({ current: new Uint8Array(randomBytes(32)), previous: null })

/** Keys as they were made, and so many days have passed since. */
export async function daysLater(db: Database, days: number): Promise<void> {
  const earlier = (column: string) => sql.raw(`${column} = ${column} - interval '${days} days'`)
  await inSystem(db, (tx) =>
    tx.execute(sql`update keys set ${earlier('created_at')}, ${earlier('signs_from')}, ${earlier('verifies_until')}`),
  )
}

export async function withoutKeys(db: Database): Promise<void> {
  await inSystem(db, (tx) => tx.delete(keys))
}

export type Follower = FollowedKeys & AsyncDisposable & { logs: Record<string, unknown>[]; kids(): string[] }

/** As a gateway that starts now. */
export async function follow(db: Database, wrapping: Wrapping): Promise<Follower> {
  const logs: Record<string, unknown>[] = []
  const log = pino({ level: 'info' }, { write: (line: string) => void logs.push(JSON.parse(line)) })
  const { tokenSigning } = await openWorkingKeys(db, wrapping, settings)
  const followed = followKeys(db, wrapping, settings, tokenSigning, log)
  const kids = () => followed.signing().map(({ kid }) => kid)
  return { ...followed, logs, kids, [Symbol.asyncDispose]: followed.close }
}
