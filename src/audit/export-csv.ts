/** The members of a record in the order of the format's table, and the actor's one by one. */
const COLUMNS = [
  ...['v', 'id', 'accountId', 'sequence', 'type', 'occurredAt', 'actorType', 'actorId', 'actorName', 'appId'],
  ...['resourceType', 'resourceId', 'resourceName', 'changes', 'gracePeriod', 'graceStarts', 'secretId', 'secretHint'],
  ...['secretExpiresAt', 'attempts', 'source', 'sourceIp', 'userAgent', 'requestId', 'hash'],
]

/** RFC 4180. */
export const CSV_HEAD = `${COLUMNS.join()}\r\n`

export function csvRow(record: string, hash: string): string {
  const { actor, changes, ...members } = JSON.parse(record)
  const cells: Record<string, unknown> = {
    ...members,
    actorType: actor.type,
    actorId: actor.id,
    actorName: actor.name,
    changes: JSON.stringify(changes),
    hash,
  }
  return `${COLUMNS.map((column) => cellOf(cells[column])).join()}\r\n`
}

/** A spreadsheet would run what begins like a formula: it gets an apostrophe in front. */
function cellOf(value: unknown): string {
  const text = value == null ? '' : String(value)
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
