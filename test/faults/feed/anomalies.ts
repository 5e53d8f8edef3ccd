/** One message of the feed as it came: the place that its cursor names, and a digest of its event; null in a heartbeat. */
export type Told = { place: number; digest: number | null }
/** What came over one connection, which had asked for everything after a place. */
export type Connection = { after: number; told: Told[] }

export type WatcherLog = {
  name: string
  connections: Connection[]
  /** What was handed over: events above the last one handed over before. */
  held: Told[]
  /** Ends and errors that only something wrong explains: the feed has no end, and a right cursor is never refused. */
  complaints: string[]
}

/** Done; refused, so that nothing may have happened; or no answer that tells. */
export type Outcome = 'acknowledged' | 'refused' | 'unknown'
/** @property marker what its event carries, and no other */
export type Mutation = { marker: string; type: string; appId: string | null; outcome: Outcome }

/** An event as a list of the history shows it in the end. `name`: what it says that an app is called from then on. */
export type Recorded = {
  sequence: number
  digest: number
  type: string
  marker: string | null
  appId: string | null
  name: string | null
}

/** All that a run of writers, watchers and faults has left. */
export type Run = {
  /** How many events there were before the first mutation. */
  before: number
  history: Recorded[]
  mutations: Mutation[]
  watchers: WatcherLog[]
  /** The apps in the end, their names by their ids. */
  apps: ReadonlyMap<string, string>
}

export type Anomaly = {
  kind:
    | 'lost write'
    | 'doubled write'
    | 'phantom'
    | 'state differs'
    | 'gap'
    | 'duplicate'
    | 'reorder'
    | 'differs'
    | 'stuck'
    | 'complaint'
  where: string
  what: string
}

/** What is wrong with a run, as Jepsen's checkers look for it: in the history, in each connection, in what each watcher holds. */
export function anomaliesOf(run: Run): Anomaly[] {
  return [
    ...inOrder(
      'the history',
      0,
      run.history.map(({ sequence, digest }) => ({ place: sequence, digest })),
    ),
    ...inMutations(run),
    ...inApps(run),
    ...run.watchers.flatMap((watcher) => inWatcher(watcher, run.history)),
  ]
}

function inMutations({ before, history, mutations }: Run): Anomaly[] {
  const byMarker = Map.groupBy(history.slice(before), ({ marker }) => marker)
  const found: Anomaly[] = []
  for (const { marker, type, appId, outcome } of mutations) {
    const events = byMarker.get(marker) ?? []
    byMarker.delete(marker)
    const say = (kind: Anomaly['kind'], what: string) => found.push({ kind, where: `${type} ${marker}`, what })
    if (outcome === 'acknowledged' && events.length === 0) say('lost write', 'was acknowledged, and has no event')
    if (outcome === 'refused' && events.length > 0) say('phantom', `was refused, and is event ${events[0]?.sequence}`)
    if (events.length > 1) say('doubled write', `is events ${events.map(({ sequence }) => sequence).join(', ')}`)
    for (const event of events)
      if (event.type !== type || (appId !== null && event.appId !== appId))
        say('phantom', `is told as ${event.type} of ${event.appId}`)
  }
  for (const [marker, events] of byMarker)
    for (const { sequence, type } of events)
      found.push({ kind: 'phantom', where: `event ${sequence}`, what: `${type} ${marker} is nobody's mutation` })
  return found
}

/** The state is what the history adds up to. */
function inApps({ history, apps }: Run): Anomaly[] {
  const told = new Map<string, string>()
  for (const { type, appId, name } of history) {
    if (appId === null) continue
    if (type === 'APP_DELETED') told.delete(appId)
    else if (name !== null) told.set(appId, name)
  }
  return [...new Set([...told.keys(), ...apps.keys()])].flatMap((id): Anomaly[] => {
    const [inHistory = 'gone', inState = 'gone'] = [told.get(id), apps.get(id)]
    if (inHistory === inState) return []
    return [{ kind: 'state differs', where: `app ${id}`, what: `history says ${inHistory}, state ${inState}` }]
  })
}

function inWatcher({ name, connections, held, complaints }: WatcherLog, history: Recorded[]): Anomaly[] {
  const differing = (where: string, told: Told[]) =>
    told
      .filter(({ place, digest }) => digest !== null && digest !== history[place - 1]?.digest)
      .map(
        ({ place }): Anomaly => ({
          kind: 'differs',
          where,
          what: `event ${place} is told otherwise than in the history`,
        }),
      )
  const found: Anomaly[] = complaints.map((what) => ({ kind: 'complaint', where: name, what }))
  for (const [index, { after, told }] of connections.entries()) {
    const where = `${name}, connection ${index + 1}`
    found.push(...inOrder(where, after, told), ...differing(where, told))
  }
  found.push(...inOrder(name, 0, held), ...differing(name, held))
  const reached = held.at(-1)?.place ?? 0
  if (reached < history.length)
    found.push({ kind: 'stuck', where: name, what: `came to ${reached} of ${history.length}` })
  return found
}

/** Each place once, one after the other, and heartbeats where the last event was: their cursor skips nothing. */
function inOrder(where: string, after: number, told: Told[]): Anomaly[] {
  const found: Anomaly[] = []
  const say = (kind: Anomaly['kind'], what: string) => found.push({ kind, where, what })
  const places = new Set(told.filter(({ digest }) => digest !== null).map(({ place }) => place))
  const seen = new Set<number>()
  let last = after
  for (const { place, digest } of told) {
    if (digest === null) {
      if (place > last) say('gap', `a heartbeat at ${place} after event ${last}`)
      if (place < last) say('reorder', `a heartbeat at ${place} after event ${last}`)
      continue
    }
    if (seen.has(place) || place <= after) say('duplicate', `event ${place} again`)
    else if (place < last) say('reorder', `event ${place} after ${last}`)
    for (const missing of gapsBetween(last, place, places)) say('gap', `${missing} missing`)
    seen.add(place)
    last = Math.max(last, place)
  }
  return found
}

/** A run of places that never come is told as one. */
function gapsBetween(last: number, place: number, places: ReadonlySet<number>): string[] {
  const gaps: string[] = []
  for (let from = last + 1; from < place; from++) {
    if (places.has(from)) continue
    let to = from
    while (to + 1 < place && !places.has(to + 1)) to++
    gaps.push(from === to ? `event ${from} is` : `events ${from} to ${to} are`)
    from = to
  }
  return gaps
}
