import type { Gateway } from './gateway.ts'

/** What the terminal shows after a start. The generated password stands here and nowhere else: never in a log. */
export function welcome({ engine, localUrl, publicUrl, firstOwner }: Gateway, dataDir: string): string {
  const where = publicUrl === localUrl ? publicUrl : `${publicUrl}  (listening on ${localUrl})`
  const lines = [
    `Chatelaine is ready: ${where}`,
    '',
    `  GraphiQL   ${publicUrl}/graphql`,
    engine === 'pglite'
      ? `  Database   embedded, in ${dataDir}. It serves this one process; set DATABASE_URL to a PostgreSQL server to serve many.`
      : '  Database   PostgreSQL, by DATABASE_URL',
  ]
  if (firstOwner) {
    lines.push(`  Owner      ${firstOwner.email}`)
    if (firstOwner.generatedPassword)
      lines.push(`  Password   ${firstOwner.generatedPassword}   (shown this once: only its hash is kept)`)
  }
  return `\n${lines.join('\n')}\n\n`
}
