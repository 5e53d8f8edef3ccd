import { type NewEvent, recordEvent } from '../../src/audit/index.ts'
import type { Caller } from '../../src/caller.ts'
import { type Database, databaseNow, inAccount } from '../../src/database/index.ts'

/** Writes so many events into the account's history, in one transaction. @returns their places in it */
export function writeEvents(db: Database, caller: Caller, count = 1, event?: Partial<NewEvent>): Promise<number[]> {
  return inAccount(db, caller.accountId, async (tx) => {
    const at = await databaseNow(tx)
    const sequences: number[] = []
    for (let written = 0; written < count; written += 1)
      sequences.push(await recordEvent(tx, caller, at, { type: 'SIGNED_IN', resource: ofUser(caller), ...event }))
    return sequences
  })
}

function ofUser({ actor }: Caller) {
  return { type: 'User', id: actor.id ?? '', name: actor.name }
}
