import { isDeepStrictEqual } from 'node:util'
import type { Logger } from 'pino'
import { type Database, inSystem } from '../database/index.ts'
import { repeat } from '../repeat.ts'
import { Fault } from '../result.ts'
import { keepSigningKeys } from './change-signing-keys.ts'
import type { SigningKey } from './signing-key.ts'
import { currentKey, type SigningSettings, schedule } from './signing-schedule.ts'
import { readSigningKeys } from './stored-keys.ts'
import type { Wrapping } from './wrapping.ts'

const READ_EVERY_MS = 2000
/** What is older than this may hold a key that was revoked. */
const STALE_AFTER_MS = 5000
/** So often at most tokens of unknown keys make us look. */
const LOOK_EVERY_MS = 1000
const UNREAD = 'the token signing keys could not be read; the next look is within seconds'

/** The token signing keys as the database has them: those of every gateway, within seconds. */
export type FollowedKeys = {
  /** In the order in which they sign. The same array for as long as nothing has changed. */
  signing(): readonly SigningKey[]
  /**
   * Resolves when what is known is at most 5 seconds old: at once in general, because it is read every 2.
   * @throws Fault UNAVAILABLE where the database does not answer
   */
  upToDate(): Promise<void>
  /** Reads now, unless that was done within the last second. @throws Fault UNAVAILABLE */
  lookAgain(): Promise<void>
  /** Lets what is under way finish. */
  close(): Promise<void>
}

/**
 * Follows the token signing keys while a gateway runs, and makes the next one when it is due: by the database's clock,
 * under the keys' lock, so that of many gateways one does it. A key that this gateway cannot open (an ENCRYPTION_KEY that
 * was rolled out in one step) is logged, and it goes on with the others.
 *
 * @param opened what openWorkingKeys has given
 */
export function followKeys(
  db: Database,
  wrapping: Wrapping,
  settings: SigningSettings,
  opened: readonly SigningKey[],
  log: Logger,
): FollowedKeys {
  let known = { at: performance.now(), signing: opened }
  let triedAt = known.at
  let told: object = {}
  let sealed = ''
  let underWay: Promise<Reading> | null = null

  const readNow = async (): Promise<Reading> => {
    const at = performance.now()
    triedAt = at
    const reading = await inSystem(db, (tx) => readSigningKeys(tx, wrapping, known.signing))
    const changed = !isDeepStrictEqual(reading.signing, known.signing)
    known = { at, signing: changed ? reading.signing : known.signing }
    if (reading.sealed && reading.sealed.message !== sealed)
      log.error({ err: reading.sealed }, 'a token signing key cannot be opened by this gateway')
    sealed = reading.sealed?.message ?? ''
    return reading
  }
  const read = () => {
    underWay ??= readNow().finally(() => {
      underWay = null
    })
    return underWay
  }
  const readOrFail = async () => {
    await read().catch((error: unknown) => {
      log.warn({ err: error }, UNREAD)
      throw new Fault('UNAVAILABLE', 'Access tokens cannot be checked at this moment.', { retryAfter: 1 })
    })
  }
  const keep = async () => {
    const { scheduled, now, sealed } = await read()
    if (sealed || isDeepStrictEqual(schedule(scheduled, now, settings), scheduled)) return tell(now)
    await keepSigningKeys(db, wrapping, settings)
    tell((await read()).now)
  }
  const tell = (now: Date) => {
    const [signing, next] = [currentKey(known.signing, now)?.kid, known.signing.find((key) => key.signsFrom > now)?.kid]
    if (isDeepStrictEqual(told, { signing, next })) return
    told = { signing, next }
    log.info(told, 'token signing keys, by their kid')
  }
  const repeated = repeat(READ_EVERY_MS, keep, (error) => log.warn({ err: error }, UNREAD))

  return {
    signing: () => known.signing,
    async upToDate() {
      if (performance.now() - known.at > STALE_AFTER_MS) await readOrFail()
    },
    async lookAgain() {
      if (underWay || performance.now() - triedAt >= LOOK_EVERY_MS) await readOrFail()
    },
    close: () => repeated.stop(),
  }
}

type Reading = Awaited<ReturnType<typeof readSigningKeys>>
