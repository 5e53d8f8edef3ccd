/** The question, without the values of the URL's query string. */
export type AccessSearch = { app?: string; method?: string; url?: string }

export function readAccessSearch({ app, method, url }: Record<string, unknown>): AccessSearch {
  const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined)
  return { app: text(app), method: text(method), url: text(url) }
}
