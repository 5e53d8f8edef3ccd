/** The filter, the open event (its sequence) and the range of time, as they stand in the URL. */
export type AuditSearch = {
  types?: string[]
  app?: string
  actor?: string
  ip?: string
  from?: string
  to?: string
  event?: number
}

export function readAuditSearch(given: Record<string, unknown>): AuditSearch {
  const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined)
  const types = Array.isArray(given.types) ? given.types.filter((type) => typeof type === 'string') : []
  return {
    types: types.length > 0 ? types : undefined,
    app: text(given.app),
    actor: text(given.actor),
    ip: text(given.ip),
    from: text(given.from),
    to: text(given.to),
    event: Number.isSafeInteger(given.event) && Number(given.event) > 0 ? Number(given.event) : undefined,
  }
}
