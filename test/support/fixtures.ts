import { randomBytes } from 'node:crypto'
import { test as base, inject } from 'vitest'
import { type AppInstance, type ClientInstance, createApp } from '../../src/apps/index.ts'
import type { Caller } from '../../src/caller.ts'
import type { Database, Engine } from '../../src/database/index.ts'
import { builtInCatalogue } from '../../src/scopes/index.ts'
import { createSlowHash } from '../../src/slow-hash.ts'
import { fileDatabase } from './file-database.ts'
import { fileGateway } from './file-gateway.ts'
import { type Issued, issued } from './issued.ts'
import { newAccount } from './people.ts'
import type {} from './provided.ts'
import type { TestGateway } from './test-gateway.ts'

/** What functions of the domain take as their last argument. */
export type TestInstance = AppInstance & ClientInstance & { cursorMac: Uint8Array }

type Fixtures = {
  $file: {
    engine: Engine
    db: Database
    databaseUrl: string | null
    instance: TestInstance
    gateway: TestGateway
    token: string
  }
  $test: { owner: Caller; app: Issued }
}

/** A database per file, a new account per test: tests of a file never see each other's rows. */
export const test = base.extend<Fixtures>({
  // biome-ignore-start lint/correctness/noEmptyPattern: Vitest reads from the pattern which fixtures are asked for
  engine: [async ({}, use) => use(inject('engine')), { scope: 'file' }],
  db: [async ({}, use) => use((await fileDatabase()).db), { scope: 'file' }],
  /** Of PostgreSQL, for a second pool of connections (connectPostgres); null on PGlite, which has one alone. */
  databaseUrl: [async ({}, use) => use((await fileDatabase()).databaseUrl), { scope: 'file' }],
  instance: [async ({}, use) => use(newInstance()), { scope: 'file' }],
  /** A started gateway with a database of its own: not the one of `db`. */
  gateway: [async ({}, use) => use((await fileGateway()).gateway), { scope: 'file' }],
  /** A session of the gateway's first owner. */
  token: [async ({}, use) => use((await fileGateway()).token), { scope: 'file' }],
  // biome-ignore-end lint/correctness/noEmptyPattern: to here
  /** The owner of a new account that has no history yet. */
  owner: async ({ db }, use) => use(await newAccount(db)),
  /** A new app of the owner's, with the secret in the clear. */
  app: async ({ db, owner, instance }, use) => {
    await use(issued(await createApp(db, owner, { name: 'Billing', scopes: [] }, instance)))
  },
})

function newInstance(): TestInstance {
  const slowHash = createSlowHash()
  return {
    catalogue: builtInCatalogue('localhost'),
    secretMac: randomBytes(32),
    answerSeal: randomBytes(32),
    cursorMac: randomBytes(32),
    slowHash,
    recovery: { isOn: () => false, slowHash },
  }
}
