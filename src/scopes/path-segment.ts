/** What stands around the parameters of a template's segment: of `{Sid}.json` nothing and `.json`; of `Apps` itself alone. */
export function literalsOf(segment: string): string[] {
  return segment.split(/\{[^{}]*\}/)
}

/**
 * Whether a segment fits, with at least one character for each parameter. Without a regular expression, which a long
 * segment and a template of many parameters would keep busy: this looks at each character a few times at most.
 *
 * @param literals two at least
 */
export function fitsSegment(literals: readonly string[], segment: string): boolean {
  const [first = '', ...rest] = literals
  const last = rest.pop() ?? ''
  const end = segment.length - last.length
  if (!segment.startsWith(first) || !segment.endsWith(last)) return false
  let position = first.length
  for (const literal of rest) {
    const at = segment.indexOf(literal, position + 1) // the first place leaves the most to those behind it
    if (at === -1) return false
    position = at + literal.length
  }
  return position < end
}
