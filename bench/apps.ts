import { listApps, listSecrets } from '../src/apps/index.ts'
import { type Caller, systemCaller } from '../src/caller.ts'
import { accounts, connectPostgres, type Database, inSystem, readAccount } from '../src/database/index.ts'
import { openerOf } from '../src/database/opening.ts'
import { fillDatabase } from './support/clients.ts'
import { spread } from './support/numbers.ts'
import { createScratchDatabase } from './support/scratch-database.ts'
import { ratesByTurns, ratiosOf } from './support/turns.ts'

const APPS = 1000
const PAGE = 20
/** As many transactions as a pool of ten sessions runs at once. */
const AT_ONCE = 8
const ROUNDS = 40
const ROUND_MS = 300

/**
 * Pages of 20 apps with their secrets a second, as a GraphQL operation reads them, as a ratio to the same queries without
 * row-level security: once in a transaction like ours, which tells what the policies cost, and once on their own, which
 * tells what all of it costs. The same data, the same process, by turns: the ratios count, the rates do not.
 */
export async function benchApps(): Promise<void> {
  await using database = await createScratchDatabase()
  await fillDatabase(database.url, APPS)
  await using ours = open(database.url)
  await using unbound = open(withoutPolicies(database.url))
  const [account] = await inSystem(ours.db, (tx) => tx.select().from(accounts))
  if (!account) throw new Error('There is no account.')
  const caller: Caller = { ...systemCaller(account.id), permissions: new Set(['apps/list', 'apps/read']) }

  const opening = {
    mode: 'isolation level repeatable read read only',
    settings: '',
    readOnly: true,
    repeatable: false,
  }
  const ways = {
    ours: () => readAccount(ours.db, account.id, (tx) => readPage(tx, caller)),
    transaction: () =>
      openerOf(unbound.db).openWith(opening, () => unbound.db.transaction((tx) => readPage(tx, caller))),
    queries: () => readPage(unbound.db, caller),
  }
  const rates = await ratesByTurns(ways, { atOnce: AT_ONCE, rounds: ROUNDS, roundMs: ROUND_MS })
  const ratioTo = (way: keyof typeof ways) => spread(ratiosOf(rates.ours, rates[way]), 2)
  process.stdout.write(
    [
      `pages of ${PAGE} of ${APPS} apps with their secrets, ${AT_ONCE} at once, ${ROUNDS} rounds by turns; median (least–greatest)`,
      `with policies, in readAccount               ${spread(rates.ours, 0)} pages/s`,
      `without, in a transaction like it           ${spread(rates.transaction, 0)} pages/s, ratio ${ratioTo('transaction')}`,
      `without, and without a transaction          ${spread(rates.queries, 0)} pages/s, ratio ${ratioTo('queries')}`,
      '',
    ].join('\n'),
  )
}

async function readPage(tx: Database, caller: Caller): Promise<void> {
  const order = { field: 'CREATED_AT', direction: 'DESC' } as const
  const { items } = await listApps(tx, caller, {}, order, { first: PAGE })
  const secrets = await listSecrets(
    tx,
    caller,
    items.map(({ id }) => id),
  )
  if (secrets.flat().length !== PAGE) throw new Error(`${secrets.flat().length} secrets were found.`)
}

/** Sessions of the login itself, which is a superuser: policies bind it nowhere. */
function withoutPolicies(url: string): string {
  const login = new URL(url)
  login.searchParams.set('role', 'none')
  return login.href
}

function open(url: string): { db: Database } & AsyncDisposable {
  const { db, close } = connectPostgres(url)
  return { db, [Symbol.asyncDispose]: close }
}
