import { readConfig } from '../config.ts'
import { endRecovery, otherSessions, recoverKeys } from '../keys/index.ts'
import { keySettingsOf, openMigrated } from '../open-database.ts'

const WHAT_IT_MEANS = `This is for a lost ENCRYPTION_KEY. It makes new keys of every kind, sealed by the ENCRYPTION_KEY that is set now.

  Ends at once     all access tokens; cursors of lists and of the feed; secrets that an idempotencyKey would show again
  Stays            apps, client secrets, keys of apps, people, sessions, the history

A client secret is told by its slow hash at its first use from then on, and gets a fast one again.
Nothing was done. Stop all gateways, then go on with: npm run keys -- recover --yes
`

/** `recover`: without `--yes` it says what it would do. @returns the exit code */
export async function recover(flag: '--yes' | '--end' | undefined): Promise<number> {
  if (flag === undefined) {
    process.stderr.write(WHAT_IT_MEANS)
    return 1
  }
  const config = readConfig(process.env)
  const { wrapping, signing } = keySettingsOf(config)
  if (flag === '--end') {
    const { connection, prepared: ended } = await openMigrated(config, (db) => endRecovery(db, wrapping, true))
    await connection.close()
    process.stdout.write(
      ended
        ? 'The recovery is over, on every gateway within 10 seconds. Secrets that were not shown open nothing now: rotate them.\n'
        : 'No recovery is on.\n',
    )
    return ended ? 0 : 1
  }
  const { connection, prepared } = await openMigrated(config, async (db) => {
    const sessions = await otherSessions(db)
    return sessions > 0 ? { sessions } : { waiting: await recoverKeys(db, wrapping, signing) }
  })
  await connection.close()
  if ('sessions' in prepared) {
    process.stderr.write(`Nothing was done: gateways have ${prepared.sessions} sessions open on this database. Stop all of them first;
one that ran on would give out secrets that no other knows.
`)
    return 1
  }
  process.stdout.write(`There are new keys, and a recovery is on. Start the gateways with this ENCRYPTION_KEY.
${prepared.waiting} client secrets get their fast check back at their first use; npm run keys -- list shows how many wait.
`)
  return 0
}
