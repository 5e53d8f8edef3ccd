import { describe, expect, test } from 'vitest'
import { anomaliesOf, type Mutation, type Recorded, type Run, type Told, type WatcherLog } from './anomalies.ts'

const told = (...places: number[]): Told[] => places.map((place) => ({ place, digest: place * 100 }))
const heartbeat = (place: number): Told => ({ place, digest: null })
const event = (sequence: number, rest: Partial<Recorded>): Recorded => ({
  ...{ sequence, digest: sequence * 100, type: 'SIGNED_IN', marker: null, appId: null, name: null },
  ...rest,
})
const history = [
  event(1, {}),
  event(2, { type: 'APP_CREATED', marker: 'one', appId: 'a', name: 'A' }),
  event(3, { type: 'APP_UPDATED', marker: 'two', appId: 'a', name: 'B' }),
  event(4, { type: 'APP_CREATED', marker: 'three', appId: 'b', name: 'C' }),
  event(5, { type: 'APP_DELETED', marker: 'four', appId: 'b' }),
]
const mutations: Mutation[] = [
  { marker: 'one', type: 'APP_CREATED', appId: 'a', outcome: 'acknowledged' },
  { marker: 'two', type: 'APP_UPDATED', appId: 'a', outcome: 'acknowledged' },
  { marker: 'three', type: 'APP_CREATED', appId: null, outcome: 'unknown' },
  { marker: 'four', type: 'APP_DELETED', appId: 'b', outcome: 'acknowledged' },
  { marker: 'five', type: 'APP_UPDATED', appId: 'b', outcome: 'refused' },
  { marker: 'six', type: 'APP_CREATED', appId: null, outcome: 'unknown' },
]
const watcher: WatcherLog = {
  name: 'w',
  connections: [
    { after: 0, told: [heartbeat(0), ...told(1, 2, 3)] },
    { after: 2, told: [heartbeat(2), ...told(3, 4), heartbeat(4)] },
    { after: 4, told: [] },
    { after: 4, told: told(5) },
  ],
  held: told(1, 2, 3, 4, 5),
  complaints: [],
}
const good: Run = { before: 1, history, mutations, watchers: [watcher], apps: new Map([['a', 'B']]) }

const without = <T>(values: T[], index: number) => values.toSpliced(index, 1)
const watched = (changed: Partial<WatcherLog>): Run => ({ ...good, watchers: [{ ...watcher, ...changed }] })
const heard = (after: number, ...messages: Told[]) => watched({ connections: [{ after, told: messages }] })
const found = (run: Run) => anomaliesOf(run).map(({ kind, what }) => `${kind}: ${what}`)

test('a run without faults has none, and what nobody was told may have happened or not', () => {
  expect(anomaliesOf(good)).toEqual([])
})

describe('of writes', () => {
  test('an acknowledged one without an event is lost', () => {
    const more: Mutation = { marker: 'seven', type: 'APP_CREATED', appId: 'c', outcome: 'acknowledged' }
    expect(found({ ...good, mutations: [...mutations, more] })).toEqual([
      'lost write: was acknowledged, and has no event',
    ])
  })

  test('one with two events is doubled', () => {
    const twice = [...history, event(6, { ...history[2], sequence: 6, digest: 600 })]
    const run = watched({ connections: [], held: told(1, 2, 3, 4, 5, 6) })
    expect(found({ ...run, history: twice })).toEqual(['doubled write: is events 3, 6'])
  })

  test('an event of nobody, of a refused one, or of another kind or app is a phantom', () => {
    expect(found({ ...good, mutations: without(mutations, 1) })).toEqual([
      "phantom: APP_UPDATED two is nobody's mutation",
    ])
    const changed = (change: Partial<Mutation>): Run => ({
      ...good,
      mutations: mutations.with(1, { ...(mutations[1] as Mutation), ...change }),
    })
    expect(found(changed({ outcome: 'refused' }))).toEqual(['phantom: was refused, and is event 3'])
    expect(found(changed({ type: 'SECRET_ROTATED' }))).toEqual(['phantom: is told as APP_UPDATED of a'])
    expect(found(changed({ appId: 'b' }))).toEqual(['phantom: is told as APP_UPDATED of a'])
  })

  test('state that the history does not add up to differs', () => {
    const apps = new Map([
      ['a', 'A'],
      ['b', 'C'],
    ])
    expect(found({ ...good, apps })).toEqual([
      'state differs: history says B, state A',
      'state differs: history says gone, state C',
    ])
    expect(found({ ...good, apps: new Map() })).toEqual(['state differs: history says B, state gone'])
  })

  test('a number that the history itself lacks is a gap', () => {
    const run = watched({ connections: [], held: told(1, 2, 3, 5) })
    expect(found({ ...run, history: without(history, 3), apps: new Map([['a', 'B']]) })).toContain(
      'gap: event 4 is missing',
    )
  })
})

describe('of what a connection tells', () => {
  const cases: [string, Run, string[]][] = [
    ['an event is missing in the middle', heard(0, ...told(1, 2, 4, 5)), ['gap: event 3 is missing']],
    ['two are missing', heard(0, ...told(1, 4, 5)), ['gap: events 2 to 3 are missing']],
    ['one is missing after the cursor', heard(2, ...told(4, 5)), ['gap: event 3 is missing']],
    ['one comes twice', heard(0, ...told(1, 2, 2, 3)), ['duplicate: event 2 again']],
    ['one comes from before the cursor', heard(2, ...told(2, 3)), ['duplicate: event 2 again']],
    ['two are exchanged', heard(0, ...told(1, 3, 2)), ['reorder: event 2 after 3']],
    ['a heartbeat skips', heard(0, ...told(1), heartbeat(2), ...told(2)), ['gap: a heartbeat at 2 after event 1']],
    ['a heartbeat goes back', heard(0, ...told(1, 2), heartbeat(1)), ['reorder: a heartbeat at 1 after event 2']],
    [
      'an event is another than in the history',
      heard(0, { place: 1, digest: 7 }),
      ['differs: event 1 is told otherwise than in the history'],
    ],
    [
      'there is an event that the history lacks',
      heard(5, ...told(6)),
      ['differs: event 6 is told otherwise than in the history'],
    ],
  ]
  test.for(cases)('%s', ([, run, expected]) => {
    expect(found(run)).toEqual(expected)
  })
})

describe('of what a watcher holds', () => {
  const cases: [string, Partial<WatcherLog>, string[]][] = [
    ['less than all', { held: told(1, 2, 3) }, ['stuck: came to 3 of 5']],
    ['nothing', { held: [] }, ['stuck: came to 0 of 5']],
    ['all but one', { held: told(1, 2, 3, 5) }, ['gap: event 4 is missing']],
    ['one twice', { held: told(1, 2, 3, 3, 4, 5) }, ['duplicate: event 3 again']],
    ['two in the wrong order', { held: told(1, 3, 2, 4, 5) }, ['reorder: event 2 after 3']],
    ['a complaint', { complaints: ['complete'] }, ['complaint: complete']],
  ]
  test.for(cases)('%s', ([, changed, expected]) => {
    expect(found(watched(changed))).toEqual(expected)
  })
})
