import { randomBytes } from 'node:crypto'
import { createFirstOwner } from '../../src/accounts/index.ts'
import { createApp } from '../../src/apps/index.ts'
import { systemCaller } from '../../src/caller.ts'
import { accounts, connectPostgres, inSystem, migrate } from '../../src/database/index.ts'
import { openWorkingKeys, type WorkingKeys } from '../../src/keys/index.ts'
import { builtInCatalogue } from '../../src/scopes/index.ts'
import type { SlowHash } from '../../src/slow-hash.ts'

export type ClientSecret = { clientId: string; clientSecret: string }
export type FilledDatabase = { encryptionKey: Uint8Array; keys: WorkingKeys; clients: ClientSecret[] }

/** Of each app. */
export const SCOPES = [
  '/twilio/messaging/messages/create',
  '/twilio/messaging/messages/read',
  '/twilio/messaging/messages/list',
]
/** Argon2id would take most of a minute for 1,000 secrets, and no request reads its hash. */
export const NO_HASH: SlowHash = { hash: async () => 'none', verify: async () => false }

/** Brings an empty database to what a gateway would have made of it, with `count` apps of three scopes in one account. */
export async function fillDatabase(url: string, count: number): Promise<FilledDatabase> {
  const encryptionKey = new Uint8Array(randomBytes(32))
  const connection = connectPostgres(url, { migrating: true })
  try {
    const owner = { email: 'bench@localhost', password: 'none but the bench', mayGenerate: false }
    const keys = await migrate(connection, async (db) => {
      await createFirstOwner(db, owner, NO_HASH)
      const signing = { algorithm: 'ES256', rotation: 2_592_000 } as const
      return openWorkingKeys(db, { current: encryptionKey, previous: null }, signing)
    })
    const [account] = await inSystem(connection.db, (tx) => tx.select().from(accounts))
    if (!account) throw new Error('There is no account to make apps in.')
    const caller = systemCaller(account.id)
    const instance = { ...keys, catalogue: builtInCatalogue('localhost'), slowHash: NO_HASH }
    const clients: ClientSecret[] = []
    for (let index = 0; index < count; index++) {
      const created = await createApp(connection.db, caller, { name: `App ${index}`, scopes: SCOPES }, instance)
      if (!created.ok) throw new Error(created.errors.map(({ message }) => message).join(' '))
      const { app, clientSecret } = created.value
      clients.push({ clientId: app.clientId, clientSecret: clientSecret ?? '' })
    }
    return { encryptionKey, keys, clients }
  } finally {
    await connection.close()
  }
}
