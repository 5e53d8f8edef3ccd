import { readFileSync } from 'node:fs'
import type { JSONWebKeySet } from 'jose'
import { inject, vi } from 'vitest'
import { describe, expect, spawnGateway, startTestGateway, test } from '../support/index.ts'
import { preparedDataDir } from '../support/test-gateway.ts'
import { basic, grant, introspect, newApp } from '../tokens/oauth.ts'
import { rowsOf, runKeys } from './run-keys.ts'

const time = expect.stringMatching(/^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
const kidOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()).kid

describe.runIf(inject('engine') === 'pglite')('on the embedded database', () => {
  test('list, rotate and revoke do what they say while no gateway has the database open', {
    timeout: 120_000,
  }, async () => {
    await using folder = await preparedDataDir()
    const env = { DATA_DIR: folder.path, KEY_ROTATION: 'P10D' }
    const untouched = await runKeys(['list'], env)
    expect(untouched).toEqual({
      code: 1,
      stdout: '',
      stderr: 'This database has no keys yet. Start a gateway first: it makes them.\n',
    })

    const first = await spawnGateway(env)
    const published = (await (await fetch(`${first.url}/.well-known/jwks.json`)).json()) as JSONWebKeySet
    const refused = await runKeys(['rotate'], env)
    expect(refused).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/^Another Chatelaine has the folder .* open\..* stop that one/),
    })
    await first.kill()

    const listed = await runKeys(['list'], env)
    expect([listed.code, listed.stderr]).toEqual([0, ''])
    const [next, current] = published.keys.map(({ kid = '' }) => kid)
    expect(rowsOf(listed.stdout)).toEqual([
      [next, 'ES256', 'next', time, time, '-'],
      [current, 'ES256', 'current', time, time, '-'],
    ])

    const rotated = await runKeys(['rotate'], env)
    expect(rotated).toMatchObject({ code: 0, stderr: '' })
    expect(rotated.stdout).toMatch(`The key ${next} signs.\nIt has been published since 20`)
    const afterwards = rowsOf(rotated.stdout)
    expect(afterwards).toEqual([
      [expect.any(String), 'ES256', 'next', time, time, '-'],
      [next, 'ES256', 'current', time, time, '-'],
      [current, 'ES256', 'previous', time, time, time],
    ])
    const [newest] = afterwards[0] ?? []

    expect(await runKeys(['revoke', 'nobody'], env)).toEqual({
      code: 1,
      stdout: '',
      stderr: 'No token signing key has the id nobody. npm run keys -- list shows them.\n',
    })
    const revoked = await runKeys(['revoke', next ?? ''], env)
    expect(revoked).toMatchObject({ code: 0, stderr: '' })
    expect(revoked.stdout).toContain(
      `The key ${next} is revoked. Tokens under it are dead on every gateway within 5 seconds`,
    )
    expect(rowsOf(revoked.stdout).map(([kid, , state]) => [kid, state])).toEqual([
      [expect.any(String), 'next'],
      [newest, 'current'],
      [current, 'previous'],
    ])

    await using second = await spawnGateway(env)
    const { keys } = (await (await fetch(`${second.url}/.well-known/jwks.json`)).json()) as JSONWebKeySet
    expect(keys.map(({ kid }) => kid)).toEqual(rowsOf(revoked.stdout).map(([kid]) => kid))
    const wrapping = readFileSync(`${env.DATA_DIR}/encryption-key`, 'utf8').trim()
    for (const { stdout } of [listed, rotated, revoked]) expect(stdout).not.toContain(wrapping)
  })
})

describe.runIf(inject('engine') === 'postgres')('beside a gateway that runs', () => {
  test('rotate and revoke take effect there, and clients notice nothing but what was revoked', {
    timeout: 120_000,
  }, async () => {
    await using gateway = await startTestGateway()
    const app = await newApp(gateway, await gateway.signIn())
    const published = async () => {
      const { keys } = (await (await fetch(`${gateway.url}/.well-known/jwks.json`)).json()) as JSONWebKeySet
      return keys.map(({ kid }) => kid)
    }
    const isActive = async (token: string) => (await introspect(gateway.url, token, basic(app))).body.active
    const first = await grant(gateway.url, app)

    const rotated = await runKeys(['rotate'], gateway.env)
    expect(rotated).toMatchObject({ code: 0, stderr: '' })
    const [, current, previous] = rowsOf(rotated.stdout).map(([kid]) => kid)
    await vi.waitFor(async () => expect(await published()).toHaveLength(3), { timeout: 15_000 })
    const second = await grant(gateway.url, app)
    expect([kidOf(first), kidOf(second)]).toEqual([previous, current])
    expect([await isActive(first), await isActive(second)]).toEqual([true, true])

    expect(await runKeys(['revoke', String(previous)], gateway.env)).toMatchObject({ code: 0, stderr: '' })
    await vi.waitFor(async () => expect(await isActive(first)).toBe(false), { timeout: 15_000 })
    expect(await isActive(second)).toBe(true)
    expect(await published()).not.toContain(previous)
  })

  test('another ENCRYPTION_KEY opens nothing and changes nothing', { timeout: 60_000 }, async () => {
    await using gateway = await startTestGateway()
    const env = { ...gateway.env, ENCRYPTION_KEY: Buffer.alloc(32, 1).toString('base64') }
    for (const args of [['list'], ['rotate']])
      expect(await runKeys(args, env)).toMatchObject({
        code: 1,
        stdout: '',
        stderr: expect.stringContaining('ENCRYPTION_KEY is not the key that sealed this database.'),
      })
    const listed = await runKeys(['list'], gateway.env)
    expect(rowsOf(listed.stdout)).toHaveLength(2)
  })
})
