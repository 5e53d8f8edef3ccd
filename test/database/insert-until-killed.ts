import { sql } from 'drizzle-orm'
import { connectEmbedded } from '../../src/database/index.ts'

// A process that commits for ever: it prints each number right after the commit that holds it. Killed by its parent.
const { db } = await connectEmbedded(process.argv[2] ?? '')
await db.execute(sql`create table if not exists numbers (number int primary key)`)
await db.execute(sql`create table if not exists counter (last int)`)
await db.execute(sql`insert into counter select 0 where not exists (select from counter)`)
for (;;) {
  const number = await db.transaction(async (tx) => {
    const counted: unknown = await tx.execute(sql`update counter set last = last + 1 returning last`)
    const last = (counted as { rows: { last: number }[] }).rows[0]?.last ?? Number.NaN
    await tx.execute(sql`insert into numbers values (${last})`)
    if (last % 40 === 0) await tx.execute(sql`create table if not exists ${sql.raw(`t${last}`)} (x int)`)
    return last
  })
  process.stdout.write(`${number}\n`)
  if (number % 50 === 0) await db.execute(sql`checkpoint`)
}
