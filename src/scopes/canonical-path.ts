/** What RFC 3986 §3.3 has in a segment, without `;`, which some servers cut a segment off at. */
const SEGMENT = /^(?:[A-Za-z0-9\-._~!$&'()*+,=:@]|%[0-9A-F]{2})*$/
/**
 * What some server reads as something else once it has decoded it: controls, `#`, `%`, `/`, `;`, `?`, `\`; and what nobody
 * has to encode (§6.2.2.2), so that it has one spelling: letters, digits, `-`, `.`, `_`, `~`.
 */
const NEVER_ENCODED = /%(?:[01][0-9A-F]|7F|2[35F]|3[BF]|5C|2[DE]|5F|7E|3[0-9]|4[1-9A-F]|5[0-9A]|6[1-9A-F]|7[0-9A])/

/**
 * Whether a path, as it stands in a request, can mean one thing alone to whatever serves it: every proxy and framework
 * between has its own idea of dot segments, `//`, `;`, and of how often to decode. Nobody is let through to what may be
 * another path (RFC 3986 §6.2.2; GHSA-7rh7-c77v-6434, CVE-2026-41059).
 *
 * @param path from its first `/` on, without query and fragment
 */
export function isCanonicalPath(path: string): boolean {
  if (!path.startsWith('/')) return false
  const segments = path.slice(1).split('/')
  return segments.every((segment, index) => {
    if (segment === '') return index === segments.length - 1 // of a directory, or the root
    if (segment === '.' || segment === '..') return false
    return SEGMENT.test(segment) && !NEVER_ENCODED.test(segment) && isUtf8(segment)
  })
}

/** Overlong forms and halves of a character are none (RFC 3629 §3). */
function isUtf8(segment: string): boolean {
  if (!segment.includes('%')) return true
  try {
    decodeURIComponent(segment)
    return true
  } catch {
    return false
  }
}
