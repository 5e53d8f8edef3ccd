import { and, eq } from 'drizzle-orm'
import type { Caller } from '../caller.ts'
import { apps, type Database, databaseNow, inAccount, secrets } from '../database/index.ts'
import { type Result, refuse } from '../result.ts'
import { appOf, livingApp } from './app.ts'
import {
  claimKey,
  findKey,
  hashInput,
  identifyKey,
  type KeyedRequest,
  type KeyRow,
  recallSecret,
  rememberAnswer,
} from './idempotency-key.ts'
import type { IssuedSecret } from './issue-secret.ts'
import { requireGrantable } from './require-grantable.ts'
import { secretOf } from './secret.ts'

/**
 * Does something in a transaction of the caller's account; under a key, once in 24 hours: later requests with the same
 * key, actor, mutation and input are answered from what was remembered, and do nothing. The key's row is written first,
 * so that a second request at the same time waits for the first one's commit. Only a success is remembered: a refusal
 * or a fault takes the row back, and the next request is the first.
 *
 * @param answerSeal the instance's key for secrets that may be answered again
 * @param prepare what is slow and needs no lock: done before the transaction, and not for what is known to be repeated
 * @returns besides what `work` answers: IDEMPOTENCY_KEY_REUSED (another input), NOT_FOUND (the app was deleted since),
 *   SECRET_ALREADY_SHOWN, which comes with the app as it is now: after 10 minutes the clear secret is gone for good
 * @throws Fault FORBIDDEN where the secret would be answered again, and the app holds by now what the caller does not
 */
export async function doOnce<Prepared>(
  db: Database,
  caller: Caller,
  request: KeyedRequest,
  answerSeal: Uint8Array,
  prepare: () => Promise<Prepared>,
  work: (tx: Database, prepared: Prepared) => Promise<Result<IssuedSecret>>,
): Promise<Result<IssuedSecret>> {
  const { mutation, key, input } = request
  if (key == null) {
    const prepared = await prepare()
    return inAccount(db, caller.accountId, (tx) => work(tx, prepared))
  }
  const identity = identifyKey(caller, mutation, key)
  const inputHash = hashInput(input)
  const repeat = (tx: Database, row: KeyRow) => answerAgain(tx, caller, row, inputHash, answerSeal)

  const known = await inAccount(db, caller.accountId, async (tx) => {
    const row = await findKey(tx, identity)
    return row && repeat(tx, row)
  })
  if (known) return known
  const prepared = await prepare()
  try {
    return await inAccount(db, caller.accountId, async (tx) => {
      const first = await claimKey(tx, identity, inputHash)
      if (first) return repeat(tx, first)
      const result = await work(tx, prepared)
      if (!result.ok) throw new Refused(result)
      await rememberAnswer(tx, identity, answerSeal, result.value)
      return result
    })
  } catch (error) {
    if (error instanceof Refused) return error.refusal
    throw error
  }
}

type Refusal = Extract<Result<IssuedSecret>, { ok: false }>

/** Carries a refusal out of its transaction and rolls that back: returned, it would commit the key's row. */
class Refused extends Error {
  readonly refusal: Refusal

  constructor(refusal: Refusal) {
    super('The mutation was refused.')
    this.refusal = refusal
  }
}

async function answerAgain(
  tx: Database,
  caller: Caller,
  { appId, secretId, ...row }: KeyRow,
  inputHash: Uint8Array,
  answerSeal: Uint8Array,
): Promise<Result<IssuedSecret>> {
  if (!appId || !secretId) throw new Error('A key was committed without what was done under it.')
  const path = ['idempotencyKey']
  if (!Buffer.from(row.inputHash).equals(inputHash))
    return refuse('IDEMPOTENCY_KEY_REUSED', path, 'This key was used with another input within the last 24 hours.')
  const [appRow] = await tx.select().from(apps).where(livingApp(caller.accountId, appId))
  if (!appRow) return refuse('NOT_FOUND', path, 'The app that this key was used for has been deleted since.')
  const now = await databaseNow(tx)
  const one = and(eq(secrets.accountId, caller.accountId), eq(secrets.id, secretId))
  const [secretRow] = await tx.select().from(secrets).where(one)
  if (!secretRow) throw new Error('The secret that a key was used for is gone.')
  const issued: IssuedSecret = {
    app: appOf(appRow),
    secret: secretOf(secretRow, now),
    clientSecret: await recallSecret(tx, { ...row, appId, secretId }, answerSeal, now),
    clientSecretJwe: row.secretJwe,
    previousSecretExpiresAt: row.previousSecretExpiresAt,
  }
  if (issued.clientSecret === null && issued.clientSecretJwe === null)
    return {
      ...refuse('SECRET_ALREADY_SHOWN', path, 'This was done already, and its secret is shown for 10 minutes only.'),
      found: issued,
    }
  requireGrantable(caller, issued.app.scopes)
  return { ok: true, value: issued }
}
