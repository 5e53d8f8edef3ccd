import { resetPassword } from '../accounts/index.ts'
import { readConfig } from '../config.ts'
import { explainError } from '../explain-error.ts'
import { openDatabase } from '../open-database.ts'
import { createSlowHash } from '../slow-hash.ts'

const USAGE = `npm run members -- reset-password EMAIL

Gives a person a new password, shown once, and ends all their sessions. It takes the same settings as npm start; on the
embedded database, stop the server first.
`

async function main([command, email, ...rest]: string[]): Promise<number> {
  if (command !== 'reset-password' || email === undefined || rest.length > 0) {
    process.stderr.write(USAGE)
    return 2
  }
  const slowHash = createSlowHash()
  const { connection } = await openDatabase(readConfig(process.env), slowHash)
  try {
    const password = await resetPassword(connection.db, email, slowHash)
    if (password === null) {
      process.stderr.write(`Nobody here has the e-mail ${email}.\n`)
      return 1
    }
    process.stdout.write(`The new password of ${email}, shown this once: ${password}\n`)
    return 0
  } finally {
    await connection.close()
  }
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  process.stderr.write(`${explainError(error)}\n`)
  process.exitCode = 1
}
