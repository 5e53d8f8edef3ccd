import type { Catalogue } from './catalogue.ts'
import { createEndpointMatcher } from './match-endpoint.ts'

/** The paths that some scope of a catalogue opens. */
export type GuardedPaths = {
  /**
   * Whether a path is one of them, for whatever method, in whatever case, with a slash at its end or without: many
   * servers make no difference there, and what is guarded must not be had by another spelling of it.
   */
  has(host: string, path: string): boolean
}

const ANY = 'ANY'

/** For who lets requests through that match no endpoint: made once for a catalogue. */
export function createGuardedPaths({ scopes }: Pick<Catalogue, 'scopes'>): GuardedPaths {
  const matcher = createEndpointMatcher({
    scopes: scopes.map((scope) => ({
      ...scope,
      endpoints: scope.endpoints.map(({ host, path }) => ({ method: ANY, host, path: plain(path) })),
    })),
  })
  return { has: (host, path) => matcher.find(ANY, host, plain(path)) !== null }
}

/** Percent-encoding stays in upper case: in another it is not canonical, and would match nothing. */
function plain(path: string): string {
  const lower = path.toLowerCase().replaceAll(/%[0-9a-f]{2}/g, (encoded) => encoded.toUpperCase())
  return lower.length > 1 && lower.endsWith('/') ? lower.slice(0, -1) : lower
}
