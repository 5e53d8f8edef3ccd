const FORM = /^P(?:(\d+)W)?(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/
const MAX_CHARACTERS = 15

/**
 * Reads a length of time, ISO 8601: weeks, days, hours, minutes and whole seconds (`PT30M`, `P7D`, `P1W`).
 * Refused: signs, fractions, lower case, more than 15 characters, and years and months, because their length varies.
 * @returns seconds, or null for what is no such text
 */
export function parseDuration(text: string): number | null {
  const match = text.length <= MAX_CHARACTERS ? FORM.exec(text) : null
  if (!match || text === 'P') return null
  const [weeks, days, hours, minutes, seconds] = match.slice(1).map((part) => Number(part ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
  ]
  return weeks * 604_800 + days * 86_400 + hours * 3600 + minutes * 60 + seconds
}

/**
 * Writes a length of time as ISO 8601, as short as can be, in days, hours, minutes and seconds: `P1D`, `PT1H30M`, zero `PT0S`.
 * @param total whole seconds, not negative
 */
export function formatDuration(total: number): string {
  const part = (amount: number, unit: string) => (amount > 0 ? `${amount}${unit}` : '')
  const date = part(Math.floor(total / 86_400), 'D')
  const time =
    part(Math.floor((total % 86_400) / 3600), 'H') + part(Math.floor((total % 3600) / 60), 'M') + part(total % 60, 'S')
  return total === 0 ? 'PT0S' : `P${date}${time && `T${time}`}`
}
