import { randomBytes } from 'node:crypto'
import postgres from 'postgres'

const ADMIN_URL = process.env.BENCH_DATABASE_URL ?? 'postgres://postgres@127.0.0.1:5432/postgres'

export type ScratchDatabase = { url: string; [Symbol.asyncDispose](): Promise<void> }

/** A database of its own on the server of BENCH_DATABASE_URL, whose user may create one. Disposing drops it. */
export async function createScratchDatabase(): Promise<ScratchDatabase> {
  const name = `chatelaine_bench_${randomBytes(6).toString('hex')}`
  await asAdmin((admin) => admin`create database ${admin(name)}`)
  const url = new URL(ADMIN_URL)
  url.pathname = `/${name}`
  return {
    url: url.href,
    [Symbol.asyncDispose]: () => asAdmin((admin) => admin`drop database ${admin(name)} with (force)`),
  }
}

async function asAdmin(work: (admin: postgres.Sql) => Promise<unknown>): Promise<void> {
  const admin = postgres(ADMIN_URL, { max: 1, onnotice: () => {} })
  try {
    await work(admin)
  } finally {
    await admin.end()
  }
}
