import { inject, vi } from 'vitest'
import { createPostgresDatabase, describe, expect, startTestGateway, test } from '../support/index.ts'
import { preparedDataDir } from '../support/test-gateway.ts'
import { basic, grant, introspect, newApp } from '../tokens/oauth.ts'
import { publishedKids } from '../tokens/published-kids.ts'
import { rowsOf, runKeys } from './run-keys.ts'

const time = expect.stringMatching(/^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
const kidOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()).kid
const statesOf = (stdout: string) => rowsOf(stdout).map(([kid, , state]) => [kid, state])

describe.runIf(inject('engine') === 'pglite')('on the embedded database', () => {
  test('rotate and revoke do what they say while no gateway has it open, and refuse while one has', {
    timeout: 120_000,
  }, async () => {
    await using folder = await preparedDataDir()
    await using first = await startTestGateway({ env: { DATA_DIR: folder.path, KEY_ROTATION: 'P10D' } })
    const [next, current] = await publishedKids(first)
    expect(await runKeys(['rotate'], first.env)).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/^Another Chatelaine has the folder .* open\..* stop that one/),
    })
    await first.close()

    const rotated = await runKeys(['rotate'], first.env)
    expect(rotated).toMatchObject({ code: 0, stderr: '' })
    expect(rotated.stdout).toMatch(`The key ${next} signs.\nIt has been published since 20`)
    const afterwards = rowsOf(rotated.stdout)
    expect(afterwards).toEqual([
      [expect.any(String), 'ES256', 'next', time, time, '-'],
      [next, 'ES256', 'current', time, time, '-'],
      [current, 'ES256', 'previous', time, time, time],
    ])

    const revoked = await runKeys(['revoke', next ?? ''], first.env)
    expect(revoked).toMatchObject({ code: 0, stderr: '' })
    expect(revoked.stdout).toContain(
      `The key ${next} is revoked. Tokens under it are dead on every gateway within 5 seconds`,
    )
    expect(statesOf(revoked.stdout)).toEqual([
      [expect.any(String), 'next'],
      [afterwards[0]?.[0], 'current'],
      [current, 'previous'],
    ])
    await using second = await startTestGateway({ env: first.env })
    expect(await publishedKids(second)).toEqual(rowsOf(revoked.stdout).map(([kid]) => kid))
  })
})

describe.runIf(inject('engine') === 'postgres')('beside a gateway that runs', () => {
  test('rotate and revoke take effect there, and clients notice nothing but what was revoked', {
    timeout: 120_000,
  }, async () => {
    await using gateway = await startTestGateway()
    const app = await newApp(gateway, await gateway.signIn())
    const isActive = async (token: string) => (await introspect(gateway.url, token, basic(app))).body.active
    const soon = { timeout: 15_000 }
    const first = await grant(gateway.url, app)

    const rotated = await runKeys(['rotate'], gateway.env)
    expect(rotated).toMatchObject({ code: 0, stderr: '' })
    const [, current, previous] = rowsOf(rotated.stdout).map(([kid]) => kid)
    await vi.waitFor(async () => expect(await publishedKids(gateway)).toHaveLength(3), soon)
    const second = await grant(gateway.url, app)
    expect([kidOf(first), kidOf(second)]).toEqual([previous, current])
    expect([await isActive(first), await isActive(second)]).toEqual([true, true])

    expect(await runKeys(['revoke', String(previous)], gateway.env)).toMatchObject({ code: 0, stderr: '' })
    await vi.waitFor(async () => expect(await isActive(first)).toBe(false), soon)
    expect(await isActive(second)).toBe(true)
    expect(await publishedKids(gateway)).not.toContain(previous)
  })

  test('list shows all but the keys themselves; what is refused changes nothing', { timeout: 120_000 }, async () => {
    await using gateway = await startTestGateway()
    const [next, current] = await publishedKids(gateway)
    const listed = [
      [next, 'ES256', 'next', time, time, '-'],
      [current, 'ES256', 'current', time, time, '-'],
    ]
    const { code, stdout, stderr } = await runKeys(['list'], gateway.env)
    expect([code, stderr, rowsOf(stdout)]).toEqual([0, '', listed])
    expect(stdout.trim().split('\n')).toHaveLength(3) // the head and these, nothing else

    expect(await runKeys(['revoke', 'nobody'], gateway.env)).toEqual({
      code: 1,
      stdout: '',
      stderr: 'No token signing key has the id nobody. npm run keys -- list shows them.\n',
    })
    const env = { ...gateway.env, ENCRYPTION_KEY: Buffer.alloc(32, 1).toString('base64') }
    expect(await runKeys(['rotate'], env)).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('ENCRYPTION_KEY is not the key that sealed this database.'),
    })
    expect(rowsOf((await runKeys(['list'], gateway.env)).stdout)).toEqual(listed)
  })

  test('where no gateway has started yet, list says so', { timeout: 60_000 }, async () => {
    await using database = await createPostgresDatabase()
    const env = { DATABASE_URL: database.url, ENCRYPTION_KEY: Buffer.alloc(32, 1).toString('base64') }
    expect(await runKeys(['list'], env)).toEqual({
      code: 1,
      stdout: '',
      stderr: 'This database has no keys yet. Start a gateway first: it makes them.\n',
    })
  })
})
