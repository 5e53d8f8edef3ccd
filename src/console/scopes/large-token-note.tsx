import { Note } from '../parts/note.tsx'
import { LARGE_TOKEN_BYTES, tokenSize } from './token-size.ts'

/** Warns where the scopes make a token larger than 4 kB; nothing else. @param scopes their names */
export function LargeTokenNote({ scopes }: { scopes: readonly string[] }) {
  const size = tokenSize(scopes, location.origin)
  if (size <= LARGE_TOKEN_BYTES) return null
  return (
    <Note tone="grace">
      <strong>These scopes make a token of about {(size / 1000).toFixed(1)} kB.</strong> Many servers refuse a request
      whose headers are larger than 4 to 8 kB. Choose a wildcard instead, or let each service ask for the scopes that it
      needs alone.
    </Note>
  )
}
