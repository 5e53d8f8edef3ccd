/** What of the list is in the URL. */
export type AppsSearch = {
  search?: string
  status?: 'ACTIVE' | 'DISABLED'
  scope?: string
  createdBy?: string
  order?: 'NAME' | 'CREATED_AT' | 'UPDATED_AT'
  direction?: 'ASC' | 'DESC'
}

export function readAppsSearch(given: Record<string, unknown>): AppsSearch {
  const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined)
  const oneOf = <Value extends string>(value: unknown, values: readonly Value[]) =>
    values.find((candidate) => candidate === value)
  return {
    search: text(given.search),
    status: oneOf(given.status, ['ACTIVE', 'DISABLED']),
    scope: text(given.scope),
    createdBy: text(given.createdBy),
    order: oneOf(given.order, ['NAME', 'CREATED_AT', 'UPDATED_AT']),
    direction: oneOf(given.direction, ['ASC', 'DESC']),
  }
}
