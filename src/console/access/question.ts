/** METHODs to choose from; one that stands in the address is offered as well. */
export const METHODS: readonly string[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS']

/** A URL as it may stand in the address bar: its query and fragment count for nothing here, and may hold secrets. */
export function withoutQuery(url: string): string {
  return url.trim().replace(/[?#].*$/s, '')
}

/** A path's templates apart, to be made bold: `/Accounts/{Sid}` → `/Accounts/`, `{Sid}`. */
export function partsOfPath(path: string): { text: string; template: boolean }[] {
  return path
    .split(/(\{[^}]*\})/)
    .filter((text) => text !== '')
    .map((text) => ({ text, template: text.startsWith('{') }))
}
