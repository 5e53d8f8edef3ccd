import { randomUUIDv7 } from 'node:crypto'
import { and, eq } from 'drizzle-orm'
import { recordEvent } from '../src/audit/index.ts'
import { type Caller, systemCaller } from '../src/caller.ts'
import {
  accounts,
  apps,
  auditHeads,
  type Connection,
  connectPostgres,
  databaseNow,
  inAccount,
  inSystem,
} from '../src/database/index.ts'
import { fillDatabase } from './support/clients.ts'
import { spread } from './support/numbers.ts'
import { createScratchDatabase } from './support/scratch-database.ts'
import { ratesByTurns, ratiosOf } from './support/turns.ts'

const ACCOUNTS = 100
const APPS_EACH = 50
/** More than there are sessions for transactions, so that none is ever idle. */
const AT_ONCE = 20
const ROUNDS = 60
const ROUND_MS = 300

/**
 * Audited mutations a second as a ratio to the same without audit: an app's row is locked and changed, in a transaction
 * as the product opens it. Ours also writes the event, which takes the account's counter and holds it until the commit,
 * and tells the other gateways after. Both are the same lines of code but for that; the same data, the same process, by
 * turns: the ratios count, the rates do not.
 *
 * On 100 accounts the ratio is what audit costs. On one, where the counter lets one commit through at a time, it is what
 * an order without gaps costs.
 */
export async function benchMutations(): Promise<void> {
  await using database = await createScratchDatabase()
  await fillDatabase(database.url, 0)
  const connection = connectPostgres(database.url)
  await using _closing = { [Symbol.asyncDispose]: connection.close }
  const all = await makeAccounts(connection)
  for (const count of [1, ACCOUNTS]) {
    const some = all.slice(0, count)
    const ways = {
      ours: () => change(connection, pick(some), true),
      baseline: () => change(connection, pick(some), false),
    }
    const rates = await ratesByTurns(ways, { atOnce: AT_ONCE, rounds: ROUNDS, roundMs: ROUND_MS })
    process.stdout.write(
      [
        `an app changed, on ${count} ${count === 1 ? 'account' : 'accounts'}, ${AT_ONCE} at once, ${ROUNDS} rounds by turns; median (least–greatest)`,
        `audited         ${spread(rates.ours, 0)} a second`,
        `without audit   ${spread(rates.baseline, 0)} a second`,
        `ratio           ${spread(ratiosOf(rates.ours, rates.baseline), 2)}`,
        '',
      ].join('\n'),
    )
  }
}

type Account = { caller: Caller; appIds: string[] }

async function change({ db, signals }: Connection, { caller, appIds }: Account, audited: boolean): Promise<void> {
  const { accountId } = caller
  const one = and(eq(apps.accountId, accountId), eq(apps.id, pick(appIds)))
  await inAccount(db, accountId, async (tx) => {
    const [before] = await tx.select().from(apps).where(one).for('update')
    if (!before) throw new Error('There is no such app.')
    const at = await databaseNow(tx)
    const name = `App ${Math.random()}`
    const [after] = await tx.update(apps).set({ name, updatedAt: at }).where(one).returning()
    if (!after) throw new Error('The app was not written.')
    if (!audited) return
    await recordEvent(tx, caller, at, {
      type: 'APP_UPDATED',
      resource: { type: 'App', id: after.id, name },
      appId: after.id,
      changes: [{ field: 'name', before: before.name, after: name }],
    })
  })
  if (audited) signals.send(accountId)
}

async function makeAccounts({ db }: Connection): Promise<Account[]> {
  const made: Account[] = []
  for (let index = 0; index < ACCOUNTS; index++) {
    const accountId = randomUUIDv7()
    const createdAt = new Date()
    const rows = Array.from({ length: APPS_EACH }, (_, app) => ({
      ...{ accountId, id: randomUUIDv7(), clientId: `ch_bench_${index}_${app}`, name: `App ${app}`, scopes: [] },
      ...{ tokenLifetime: 3600, status: 'ACTIVE' as const, createdByType: 'SYSTEM' as const, createdAt },
      updatedAt: createdAt,
    }))
    await inSystem(db, async (tx) => {
      await tx.insert(accounts).values({ id: accountId, name: `Account ${index}`, createdAt })
      await tx.insert(auditHeads).values({ accountId, occurredAt: createdAt })
      await tx.insert(apps).values(rows)
    })
    made.push({ caller: systemCaller(accountId), appIds: rows.map(({ id }) => id) })
  }
  return made
}

function pick<T>(values: readonly T[]): T {
  const value = values[Math.floor(Math.random() * values.length)]
  if (value === undefined) throw new Error('There is nothing to pick.')
  return value
}
