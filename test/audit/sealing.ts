import { sql } from 'drizzle-orm'
import { pino } from 'pino'
import { createSealer, newAuditKey, openSigner, publishedKeys, readKeys } from '../../src/audit/index.ts'
import { newestCheckpoint } from '../../src/audit/stored-tree.ts'
import type { Caller } from '../../src/caller.ts'
import { type Database, inSystem, rows } from '../../src/database/index.ts'
import { openWorkingKeys, type Wrapping } from '../../src/keys/index.ts'
import { createMetrics } from '../../src/metrics.ts'
import { newWrapping, settings } from '../keys/signing-keys.ts'

export const PUBLIC_URL = 'https://chatelaine.example.com'

/** Without keys, as before the first start. */
export async function withoutAuditKeys(db: Database): Promise<void> {
  await asSuperuser(db, 'delete from keys; delete from audit_keys; delete from audit_seals')
}

/** As who can write the whole database, past every right and policy. */
export function asSuperuser(db: Database, statements: string): Promise<void> {
  return db.transaction(async (tx) => {
    await tx.execute(sql`set local role none`)
    for (const statement of statements.split(';')) if (statement.trim()) await tx.execute(sql.raw(statement))
  })
}

/** A sealer as a gateway has it; its rounds run when they are called for. */
export async function startSealer(db: Database, wrapping: Wrapping = newWrapping(), publicUrl = PUBLIC_URL) {
  await openWorkingKeys(db, wrapping, settings)
  const metrics = createMetrics()
  const logs: Record<string, unknown>[] = []
  const log = pino({ level: 'info' }, { write: (line: string) => void logs.push(JSON.parse(line)) })
  const sealer = createSealer(db, { wrapping, publicUrl }, log, metrics.sealer)
  return {
    ...sealer,
    logs,
    /** The metric that tells of histories that are not signed. */
    refused: async () =>
      Number(/^chatelaine_sealer_refused_accounts (\d+)$/m.exec((await metrics.text(false)).body)?.[1]),
    wrapping,
    newKey: (withoutHandover = false) => newAuditKey(db, wrapping, publicUrl, withoutHandover),
    published: () =>
      inSystem(db, async (tx) => publishedKeys(publicUrl, await openSigner(tx, wrapping), await readKeys(tx))),
    newest: ({ accountId }: Caller) => inSystem(db, (tx) => newestCheckpoint(tx, accountId)),
    problem: async ({ accountId }: Caller) => {
      const found = await inSystem(db, (tx) =>
        rows<{ problem: string | null }>(
          tx,
          sql`select problem from audit_seals where account_id = ${accountId}::uuid`,
        ),
      )
      return found[0]?.problem ?? null
    },
    [Symbol.asyncDispose]: sealer.close,
  }
}
