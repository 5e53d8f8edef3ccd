import type { Database } from './connect.ts'

/** How a transaction begins: with a statement of ours, which travels in front of its first query. */
export type Opening = {
  /** Of BEGIN: isolation level and access mode. */
  mode: string
  /** A statement without parameters; a literal saves the round trip that describing a parameter costs. */
  settings: string
  readOnly: boolean
  /** Whether its work may run again, in a transaction of its own, after a conflict with others. */
  repeatable: boolean
}
const PLAIN: Opening = { mode: '', settings: '', readOnly: false, repeatable: false }

/** Of a database's client: Drizzle's `transaction` has no way to say how to begin. */
export type Opener = {
  /** @param begin begins one transaction, before it returns */
  openWith<T>(opening: Opening, begin: () => Promise<T>): Promise<T>
}

/** @returns `take`, for the client, at the moment in which Drizzle begins a transaction */
export function createOpener(): Opener & { take(): Opening } {
  let next: Opening | null = null
  return {
    openWith(opening, begin) {
      next = opening
      const transaction = begin()
      if (!next) return transaction
      next = null // for nobody else
      return transaction.then(() => {
        throw new Error('Drizzle did not begin the transaction at once.')
      })
    },
    take() {
      const opening = next ?? PLAIN
      next = null
      return opening
    },
  }
}

/** @throws TypeError for what is a transaction already */
export function openerOf(db: Database): Opener {
  const client: unknown = '$client' in db ? db.$client : null
  if (isOpener(client)) return client
  throw new TypeError('A transaction opens no account: it is in one.')
}

function isOpener(client: unknown): client is Opener {
  return typeof client === 'object' && client !== null && 'openWith' in client
}
