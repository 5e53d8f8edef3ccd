import { once } from 'node:events'
import pino from 'pino'
import {
  CSV_HEAD,
  createSealer,
  type ExportPlan,
  type ExportRequest,
  exportHistory,
  originPrefixOf,
  planExport,
  type Sealer,
} from '../audit/index.ts'
import { readConfig } from '../config.ts'
import type { Database } from '../database/index.ts'
import { keySettingsOf, openMigrated } from '../open-database.ts'
import { Fault } from '../result.ts'
import { safeError } from '../safe-error.ts'
import { progressBar } from './progress.ts'
import { publicUrlOf } from './public-url.ts'
import { storedHistory } from './stored-history.ts'

/**
 * `audit export`: one account, or all of them, to standard output.
 * @param account null for all
 * @returns the exit code
 */
export async function exportAudit(account: string | null, request: ExportRequest): Promise<number> {
  const config = readConfig(process.env)
  const { connection } = await openMigrated(config, async () => {})
  const { db } = connection
  const log = pino(
    { level: config.logLevel, serializers: { err: safeError } },
    pino.destination({ dest: 2, sync: true }),
  )
  let sealer: Sealer | null = null
  try {
    const sealing = { wrapping: keySettingsOf(config).wrapping, publicUrl: await publicUrlOf(config, db) }
    sealer = createSealer(db, sealing, log, null)
    let total = 0
    const plans: { accountId: string; plan: ExportPlan }[] = []
    for await (const accountId of account === null ? accountsOf(db) : [account]) {
      await sealer.sealNow(accountId)
      const plan = await planExport(db, accountId, request, originPrefixOf(sealing.publicUrl))
      total += plan.until - plan.after
      plans.push({ accountId, plan })
    }
    const bar = progressBar(total)
    let events = 0
    if (request.format === 'csv') await write(CSV_HEAD)
    for (const { accountId, plan } of plans) {
      const count = (more: number) => {
        events += more
        bar.show(events, events)
      }
      for await (const piece of exportHistory(db, accountId, request, plan, count)) await write(piece)
    }
    bar.end()
    return 0
  } catch (error) {
    if (!(error instanceof Fault && error.code === 'BAD_USER_INPUT')) throw error
    process.stderr.write(`${error.message}\n`)
    return 2
  } finally {
    await sealer?.close()
    await connection.close()
  }
}

async function* accountsOf(db: Database): AsyncGenerator<string> {
  const stored = storedHistory(db)
  for (
    let page = await stored.accounts(null);
    page.length > 0;
    page = await stored.accounts(page.at(-1)?.account ?? null)
  )
    for (const { account } of page) yield account
}

/** Waits for whoever reads: nothing piles up in memory. */
async function write(text: string): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, 'drain')
}
