import type { SQL } from 'drizzle-orm'
import type { Database } from './connect.ts'

/** The rows of a statement of one's own. postgres.js answers an array, PGlite an object that holds one. */
export async function rows<T extends Record<string, unknown>>(tx: Database, statement: SQL): Promise<T[]> {
  const result: unknown = await tx.execute(statement)
  return (Array.isArray(result) ? result : (result as { rows: T[] }).rows) as T[]
}
