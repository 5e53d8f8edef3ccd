const UNITS = [
  { letter: 'D', seconds: 86_400, word: 'd', name: 'day' },
  { letter: 'H', seconds: 3600, word: 'h', name: 'hour' },
  { letter: 'M', seconds: 60, word: 'min', name: 'minute' },
  { letter: 'S', seconds: 1, word: 's', name: 'second' },
] as const
const SECOND = UNITS[3]

/** A unit of free entry. */
export type Unit = (typeof UNITS)[number]['name']

/** A unit with its length in seconds. */
export function unitOf(name: Unit): (typeof UNITS)[number] {
  return UNITS.find((unit) => unit.name === name) ?? SECOND
}

/** The largest unit in which a duration is a whole number: 90 minutes, 1 day. Zero is a number of hours. */
export function naturalUnit(seconds: number): Unit {
  if (seconds === 0) return 'hour'
  return (UNITS.find((unit) => seconds % unit.seconds === 0) ?? SECOND).name
}

/** The units to choose from, smallest first, in the number that the amount asks for. */
export function unitOptions(amount: number | null): { value: Unit; words: string }[] {
  return UNITS.toReversed().map(({ name }) => ({ value: name, words: amount === 1 ? name : `${name}s` }))
}

/** Seconds of a duration as the API writes it (ISO 8601, days to seconds): `P7D`, `PT1H30M`. */
export function secondsOf(duration: string): number {
  const match = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/.exec(duration)
  if (!match) return 0
  return UNITS.reduce((sum, { seconds }, index) => sum + Number(match[index + 1] ?? 0) * seconds, 0)
}

/** The wire form of a number of seconds: `P7D`, `PT1H30M`, zero `PT0S`. */
export function wireDuration(seconds: number): string {
  const parts = split(seconds)
  const days = parts.filter(({ letter }) => letter === 'D')
  const time = parts.filter(({ letter }) => letter !== 'D')
  if (parts.length === 0) return 'PT0S'
  const write = (list: typeof parts) => list.map(({ count, letter }) => `${count}${letter}`).join('')
  return `P${write(days)}${time.length > 0 ? `T${write(time)}` : ''}`
}

/** For people: `1 h`, `30 min`, `7 d`, `1 h 30 min`. */
export function words(seconds: number): string {
  const parts = split(seconds)
  return parts.length === 0 ? '0' : parts.map(({ count, word }) => `${count} ${word}`).join(' ')
}

function split(seconds: number) {
  let left = seconds
  return UNITS.map((unit) => {
    const count = Math.floor(left / unit.seconds)
    left -= count * unit.seconds
    return { ...unit, count }
  }).filter(({ count }) => count > 0)
}
