/** What is searched for in the mapping, as it stands in the URL. */
export type ScopesSearch = { search?: string }

export function readScopesSearch({ search }: Record<string, unknown>): ScopesSearch {
  return { search: typeof search === 'string' && search !== '' ? search : undefined }
}
