import { setTimeout } from 'node:timers'
import { inject } from 'vitest'
import { openSession } from '../../src/database/session.ts'
import { describe, expect, test } from '../support/index.ts'

const SILENT_MS = 1000

function open(databaseUrl: string | null) {
  const lost: string[] = []
  const settings = { parameters: {}, connectWithin: 3, silentMs: SILENT_MS, codecs: { parsers: {}, serializers: {} } }
  const session = openSession(databaseUrl ?? '', settings, (why) => lost.push(why.message))
  return { lost, ask: (text: string) => session.run(text, [], false), [Symbol.asyncDispose]: session.close }
}

describe.runIf(inject('engine') === 'postgres')('a session', () => {
  test('is lost when the server does not answer what was sent', async ({ databaseUrl }) => {
    await using session = open(databaseUrl)
    await session.ask('select 1')
    const [silent, behind] = [session.ask('select pg_sleep(5)'), session.ask('select 1')]
    await expect(silent).rejects.toThrow('The database fell silent.')
    await expect(behind).rejects.toThrow('The database fell silent.')
    expect(session.lost).toEqual(['The database fell silent.'])
  })

  test('is not, where nothing was asked for as long, or much takes longer in all', async ({ databaseUrl }) => {
    await using session = open(databaseUrl)
    for (let times = 0; times < 5; times++) {
      // Asked in the very turn in which the time of the one before is over.
      const { promise, resolve, reject } = Promise.withResolvers<unknown>()
      await session.ask('select 1')
      const first = session.ask('select 1')
      setTimeout(() => session.ask('select 1').then(resolve, reject), SILENT_MS)
      await Promise.all([first, promise])
    }
    const long = Array.from({ length: 6 }, () => session.ask(`select pg_sleep(${SILENT_MS / 2000})`))
    await Promise.all(long)
    expect(session.lost).toEqual([])
  })
})
