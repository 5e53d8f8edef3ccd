import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import postgres from 'postgres'
import { openEmbedded } from '../../src/database/embedded.ts'
import type { Engine } from '../../src/database/index.ts'
import { createPostgresDatabase } from '../support/index.ts'
import { preparedDataDir } from '../support/test-gateway.ts'

/** A migrated database for one gateway, to be changed before it starts and looked through after it has stopped. */
export type OwnDatabase = AsyncDisposable & {
  /** The gateway's settings for it. */
  env: Record<string, string>
  exec(statements: string): Promise<void>
  /** Every row of every table, as text with bytes in hexadecimal; of the embedded one every file too, as Latin-1. */
  contents(): Promise<string[]>
}

const TABLES = `select format('select t::text as text from %I.%I t', schemaname, tablename) as query from pg_tables
  where schemaname not in ('pg_catalog', 'information_schema')`
type Run = <Row>(statements: string) => Promise<Row[]>

export async function ownDatabase(engine: Engine): Promise<OwnDatabase> {
  await using opened = new AsyncDisposableStack()
  const { env, files, session } = engine === 'postgres' ? await onServer(opened) : await inFolder(opened)
  const toClose = opened.move()
  return {
    env,
    exec: (statements) => session(async (run) => void (await run(statements))),
    async contents() {
      const rows = await session(async (run) => {
        const texts: string[] = []
        for (const { query } of await run<{ query: string }>(TABLES))
          texts.push(...(await run<{ text: string }>(query)).map(({ text }) => text))
        return texts
      })
      return [...rows, ...(await files())]
    },
    [Symbol.asyncDispose]: () => toClose.disposeAsync(),
  }
}

async function onServer(opened: AsyncDisposableStack) {
  const { url } = opened.use(await createPostgresDatabase())
  const session = async <T>(work: (run: Run) => Promise<T>): Promise<T> => {
    const client = postgres(url, { max: 1, onnotice: () => {} })
    try {
      return await work(async <Row>(statements: string) => [...(await client.unsafe(statements))] as Row[])
    } finally {
      await client.end({ timeout: 5 })
    }
  }
  return { env: { DATABASE_URL: url }, session, files: async (): Promise<string[]> => [] }
}

async function inFolder(opened: AsyncDisposableStack) {
  const { path } = opened.use(await preparedDataDir())
  const session = async <T>(work: (run: Run) => Promise<T>): Promise<T> => {
    const { pglite, close } = await openEmbedded(join(path, 'database'))
    try {
      return await work(async <Row>(statements: string) => (await pglite.exec(statements)).at(-1)?.rows as Row[])
    } finally {
      await close()
    }
  }
  const files = async () => {
    const entries = await readdir(path, { recursive: true, withFileTypes: true })
    const names = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
    return Promise.all(names.map((name) => readFile(name, 'latin1')))
  }
  return { env: { DATA_DIR: path }, session, files }
}
