const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const LONG_MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
]
const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const two = (value: number) => String(value).padStart(2, '0')

/** `14:02:11`, in UTC. */
export function clockTime(at: Date): string {
  return `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())}`
}

/** `23 Nov`, in another year `2 Mar 2025`. */
export function shortDate(at: Date, now: number): string {
  const day = `${at.getUTCDate()} ${MONTHS[at.getUTCMonth()]}`
  return at.getUTCFullYear() === new Date(now).getUTCFullYear() ? day : `${day} ${at.getUTCFullYear()}`
}

/** `1 December`: for sentences, in UTC. */
export function longDay(at: Date): string {
  return `${at.getUTCDate()} ${LONG_MONTHS[at.getUTCMonth()]}`
}

/** `1 December at 14:02 UTC`: for sentences. */
export function longInstant(at: Date): string {
  return `${longDay(at)} at ${two(at.getUTCHours())}:${two(at.getUTCMinutes())} UTC`
}

/** Today `14:02:11`, this year `23 Nov`, older `2 Mar 2025`: UTC. */
export function shortInstant(at: Date, now: number): string {
  return sameDay(at, new Date(now)) ? clockTime(at) : shortDate(at, now)
}

function sameDay(one: Date, other: Date): boolean {
  return one.toISOString().slice(0, 10) === other.toISOString().slice(0, 10)
}

/** The whole instant with milliseconds, and in the reader's own time: for tooltips. */
export function fullInstant(at: Date): string {
  const date = `${at.getUTCDate()} ${MONTHS[at.getUTCMonth()]} ${at.getUTCFullYear()}`
  const local = at.toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'medium' })
  return `${date} ${clockTime(at)}.${String(at.getUTCMilliseconds()).padStart(3, '0')} UTC · here ${local}`
}

/** How long ago, to the minute, which is how exactly last use is known: `just now`, `3 min ago`, `2 h ago`, then a date. */
export function ago(at: Date, now: number): string {
  const past = now - at.getTime()
  if (past < 90_000) return 'just now'
  if (past < HOUR) return `${Math.floor(past / MINUTE)} min ago`
  if (past < DAY) return `${Math.floor(past / HOUR)} h ago`
  return shortDate(at, now)
}

/** `84 d`, `5 h`, `3 min`: the age of a secret, in its largest unit. */
export function age(at: Date, now: number): string {
  const past = Math.max(0, now - at.getTime())
  if (past >= DAY) return `${Math.floor(past / DAY)} d`
  if (past >= HOUR) return `${Math.floor(past / HOUR)} h`
  return `${Math.floor(past / MINUTE)} min`
}

/** What is left until an instant: days apart, `hours:minutes:seconds` or, to the minute, `hours:minutes`. */
export function countdown(until: number, now: number, toTheMinute = false): { days: number; clock: string } {
  const left = Math.max(0, Math.ceil((until - now) / 1000))
  const days = Math.floor(left / 86_400)
  const hours = Math.floor((left % 86_400) / 3600)
  const minutes = Math.floor((left % 3600) / 60)
  const clock = `${two(hours)}:${two(minutes)}`
  return { days, clock: toTheMinute && days > 0 ? clock : `${clock}:${two(left % 60)}` }
}
