/** A stretch of the history without a hole: oldest first, each event once. */
export type Stretch<Entry> = {
  events: readonly Entry[]
  /** The cursor before which one reads on; null where nothing is older. */
  earlier: string | null
}

type Numbered = { sequence: number; cursor: string }

/** A page that was read before the stretch; what both hold is taken once. */
export function prepend<Entry extends Numbered>(
  stretch: Stretch<Entry>,
  page: { events: readonly Entry[]; earlier: string | null },
): Stretch<Entry> {
  const first = stretch.events[0]?.sequence ?? Number.POSITIVE_INFINITY
  const older = page.events.filter(({ sequence }) => sequence < first)
  return { events: [...older, ...stretch.events], earlier: page.earlier }
}

/**
 * Events that came live, in sequence; what is not above the last one held was seen before, and is dropped.
 * @param most how many are kept: beyond that the oldest go, and are read again where one scrolls to them
 */
export function append<Entry extends Numbered>(
  stretch: Stretch<Entry>,
  events: readonly Entry[],
  most: number,
): Stretch<Entry> {
  let last = stretch.events.at(-1)?.sequence ?? 0
  const fresh: Entry[] = []
  for (const event of events) {
    if (event.sequence <= last) continue
    fresh.push(event)
    last = event.sequence
  }
  if (fresh.length === 0) return stretch
  const all = [...stretch.events, ...fresh]
  if (all.length <= most) return { ...stretch, events: all }
  const kept = all.slice(-most)
  return { events: kept, earlier: kept[0]?.cursor ?? stretch.earlier }
}

/** Those above a sequence, found from the newest end. */
export function above<Entry extends { sequence: number }>(events: readonly Entry[], sequence: number): Entry[] {
  let from = events.length
  while (from > 0 && (events[from - 1]?.sequence ?? 0) > sequence) from -= 1
  return events.slice(from)
}
