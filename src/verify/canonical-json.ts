/**
 * Reads JSON that is canonical (RFC 8785) and keeps to the log's rules: whole numbers, no lone surrogates.
 * @returns undefined for anything else: other spacing, order or escapes, doubled members, fractions
 */
export function parseCanonical(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text)
    return write(value) === text ? value : undefined
  } catch {
    return undefined
  }
}

/** @throws Error for what cannot be in the log */
function write(value: unknown): string {
  if (typeof value === 'string') {
    if (!value.isWellFormed()) throw new Error('This text cannot be in the log.')
    return JSON.stringify(value)
  }
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value)) throw new Error('This number cannot be in the log.')
    return String(value)
  }
  if (Array.isArray(value)) return `[${value.map(write).join(',')}]`
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)) // by UTF-16 code units (RFC 8785 §3.2.3)
    return `{${members.map(([name, member]) => `${write(name)}:${write(member)}`).join(',')}}`
  }
  return JSON.stringify(value)
}
