import type { Database } from './connect.ts'

/**
 * For a hot path: builds a statement once for each database. Building it anew costs Drizzle as much as running it.
 * What is kept goes with its database; it says nothing of any request.
 */
export function prepareOnce<T>(build: (db: Database) => T): (db: Database) => T {
  const built = new WeakMap<Database, T>()
  return (db) => {
    const known = built.get(db)
    if (known) return known
    const statement = build(db)
    built.set(db, statement)
    return statement
  }
}
