import type { Logger } from 'pino'
import { type Database, inSystem } from '../database/index.ts'
import { repeat } from '../repeat.ts'
import { endRecovery } from './recovery.ts'
import { type RecoveryMarker, readRecoveryMarker } from './recovery-marker.ts'
import type { WorkingKeys } from './working-keys.ts'
import type { Wrapping } from './wrapping.ts'

const READ_EVERY_MS = 5000
/** Of how many looks one sees whether the recovery is over: that reads all secrets. */
const LOOKS_TO_END = 12

/** Whether client secrets without a MAC may be told by their slow hash. */
export type FollowedRecovery = { isOn(): boolean; close(): Promise<void> }

/**
 * Follows a recovery to its end, which comes by itself once no live secret is without its MAC, or by hand. One that was
 * off when the gateway started stays off: recovering takes a restart.
 */
export function followRecovery(
  db: Database,
  wrapping: Wrapping,
  { secretMac, recovery }: Pick<WorkingKeys, 'secretMac' | 'recovery'>,
  log: Logger,
): FollowedRecovery {
  let { since } = recovery
  let looks = 0
  tell(log, recovery)
  const look = async () => {
    if (since === null) return
    looks += 1
    if (looks % LOOKS_TO_END === 0) await endRecovery(db, wrapping)
    const marker = await inSystem(db, (tx) => readRecoveryMarker(tx, secretMac))
    if (marker.since === null) log.info('the recovery is over')
    since = marker.since
  }
  const repeated = repeat(READ_EVERY_MS, look, (error) =>
    log.warn({ err: error }, 'whether the recovery is over could not be read; the next look is within seconds'),
  )
  return { isOn: () => since !== null, close: () => repeated.stop() }
}

function tell(log: Logger, { since, isForged }: RecoveryMarker): void {
  if (since) log.warn({ since }, 'a recovery is on: client secrets are told by their slow hash at their first use')
  if (isForged) log.error('the table instance_markers holds a recovery that no keys of ours have sealed: it is not on')
}
