import { and, eq, isNull, type SQL } from 'drizzle-orm'
import type { ActorType } from '../caller.ts'
import { apps } from '../database/index.ts'
import type { UserError } from '../result.ts'

export type AppStatus = 'ACTIVE' | 'DISABLED'
/** Who made something: enough to look it up. */
export type Maker = { type: ActorType; id: string | null }

/** An OAuth app (RFC 6749 §2: a confidential client). */
export type App = {
  id: string
  accountId: string
  clientId: string
  status: AppStatus
  name: string
  description: string | null
  /** Seconds. */
  tokenLifetime: number
  scopes: string[]
  createdAt: Date
  updatedAt: Date
  createdBy: Maker
  /** When a token was last issued to it, a minute behind at most. */
  lastUsedAt: Date | null
  deletedAt: Date | null
}

export const DEFAULT_TOKEN_LIFETIME = 3600
const MIN_TOKEN_LIFETIME = 60
const MAX_TOKEN_LIFETIME = 2_592_000
const MAX_NAME = 100
const MAX_DESCRIPTION = 1000

export function appOf({
  createdByType,
  createdById,
  tokenGeneration: _generation,
  ...row
}: typeof apps.$inferSelect): App {
  return { ...row, createdBy: { type: createdByType, id: createdById } }
}

/** This app, where it is the account's and not deleted. */
export function livingApp(accountId: string, id: string): SQL | undefined {
  return and(eq(apps.accountId, accountId), eq(apps.id, id), isNull(apps.deletedAt))
}

/** @param name trimmed; 1 to 100 code points, no control characters. Need not be unique. */
export function checkName(name: string): UserError[] {
  const length = Array.from(name).length
  if (length === 0) return [{ path: ['name'], code: 'TOO_SHORT', message: 'A name has at least one character.' }]
  if (length > MAX_NAME)
    return [
      { path: ['name'], code: 'TOO_LONG', message: `A name has at most ${MAX_NAME} characters: this has ${length}.` },
    ]
  if (/\p{Cc}/u.test(name) || !name.isWellFormed())
    return [{ path: ['name'], code: 'INVALID_FORMAT', message: 'A name has no control characters.' }]
  return []
}

/** @param description up to 1,000 code points, any but NUL */
export function checkDescription(description: string | null): UserError[] {
  const length = Array.from(description ?? '').length
  if (length > MAX_DESCRIPTION)
    return [
      {
        path: ['description'],
        code: 'TOO_LONG',
        message: `A description has at most ${MAX_DESCRIPTION} characters: this has ${length}.`,
      },
    ]
  if (description?.includes('\0') || description?.isWellFormed() === false)
    return [{ path: ['description'], code: 'INVALID_FORMAT', message: 'A description is text without NUL characters.' }]
  return []
}

/** @param seconds 60 (one minute) to 2,592,000 (30 days) */
export function checkTokenLifetime(seconds: number): UserError[] {
  if (seconds >= MIN_TOKEN_LIFETIME && seconds <= MAX_TOKEN_LIFETIME) return []
  return [
    { path: ['tokenLifetime'], code: 'OUT_OF_RANGE', message: 'A token lives 1 minute (PT1M) to 30 days (P30D).' },
  ]
}

/** A blank description is none. */
export function tidyDescription(description: string | null | undefined): string | null {
  return description?.trim() ? description.trim() : null
}
