import { eq } from 'drizzle-orm'
import { auditHeads, type Database } from '../database/index.ts'
import type { Sequence } from './event.ts'

/**
 * The oldest event that the account's history still holds: 1, or what retention has left (its cut and one). What lies
 * before counts as gone from the moment in which the cut moved, whether it was deleted yet or not. Inside readAccount.
 */
export async function firstSequenceOf(tx: Database, accountId: string): Promise<Sequence> {
  const [head] = await tx
    .select({ trimmed: auditHeads.trimmed })
    .from(auditHeads)
    .where(eq(auditHeads.accountId, accountId))
  return (head?.trimmed ?? 0) + 1
}
