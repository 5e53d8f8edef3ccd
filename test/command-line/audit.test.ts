import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { inject } from 'vitest'
import { createPostgresDatabase, describe, expect, startTestGateway, tempFolder, test } from '../support/index.ts'
import { preparedDataDir } from '../support/test-gateway.ts'
import { newApp } from '../tokens/oauth.ts'
import { runCommand } from './run-keys.ts'

const audit = (args: string[], env: Record<string, string>) => runCommand('audit', args, env)

test('export, verify, remember, change the key, and find what was changed since', { timeout: 240_000 }, async () => {
  await using opened = new AsyncDisposableStack()
  const folder = opened.use(await tempFolder())
  const database: Record<string, string> =
    inject('engine') === 'postgres'
      ? { DATABASE_URL: opened.use(await createPostgresDatabase()).url }
      : { DATA_DIR: opened.use(await preparedDataDir()).path }
  const gateway = await startTestGateway({ env: database })
  const session = await gateway.signIn()
  for (let apps = 0; apps < 3; apps += 1) await newApp(gateway, session)
  await gateway.close()
  const env = { ...gateway.env, PUBLIC_URL: gateway.publicUrl }
  const [file, keys, state] = ['history.ndjson', 'keys.json', 'state.json'].map((name) => join(folder.path, name)) as [
    string,
    string,
    string,
  ]

  const exported = await audit(['export'], env)
  expect(exported).toMatchObject({ code: 0 })
  const lines = exported.stdout.trimEnd().split('\n')
  const account = String(JSON.parse(lines[0] ?? '').account)
  expect(lines.at(-1)).toMatch(/^\{"events":\d+,"kind":"end","through":\d+\}$/)
  await writeFile(file, exported.stdout)
  const csv = await audit(['export', '--format', 'csv', '--account', account], env)
  expect(csv.stdout.split('\r\n')).toHaveLength(JSON.parse(lines.at(-1) ?? '').events + 2)

  // The database by its own key, with a state file; then the export by what that file remembers.
  expect(await audit(['verify', '--state', state], env)).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('Proven.'),
  })
  expect(await audit(['verify', file, '--state', state], {})).toMatchObject({ code: 0 })
  const remembered = JSON.parse(await readFile(state, 'utf8'))
  expect(Object.keys(remembered.accounts)).toEqual([account])

  const changed = await audit(['new-key'], env)
  expect(changed).toMatchObject({
    code: 0,
    stderr: '',
    stdout: expect.stringMatching(/^The key \S{44} signs from now on/),
  })
  expect(await audit(['new-key', '--without-handover'], env)).toMatchObject({ code: 1 })
  const again = await startTestGateway({ env: gateway.env })
  await newApp(again, session)
  await writeFile(keys, await (await fetch(`${again.url}/.well-known/audit-keys.json`)).text())
  await again.close()
  const later = await audit(['export'], env)
  await writeFile(file, later.stdout)
  expect(later.stdout.split('\n').length).toBeGreaterThan(lines.length)
  expect(await audit(['verify', file, '--keys', keys], {})).toMatchObject({ code: 0 })
  // The new key is not the one remembered; the database's hand-over ties the two.
  expect(await audit(['verify', file, '--state', state], {})).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/^key-unknown /m),
  })
  expect(await audit(['verify', '--state', state], env)).toMatchObject({ code: 0 })
  expect(await audit(['verify', file, '--state', state], {})).toMatchObject({ code: 0 })

  await writeFile(file, later.stdout.replace('"requestId":"', '"requestId":"x'))
  const edited = await audit(['verify', file, '--state', state], {})
  expect(edited).toMatchObject({
    code: 1,
    stdout: expect.stringContaining('the record was changed; its stored hash is'),
  })
  await writeFile(file, exported.stdout)
  const older = await audit(['verify', file, '--state', state], {})
  expect(older).toMatchObject({ code: 1, stdout: expect.stringMatching(/^rolled-back /m) })
  expect((await audit(['export', '--account', account, '--until', '1000'], env)).code).toBe(2)
})

describe.runIf(inject('engine') === 'pglite')('what cannot be done', () => {
  test('is told, and touches nothing', { timeout: 120_000 }, async () => {
    await using folder = await tempFolder()
    const none = join(folder.path, 'none')
    for (const args of [
      [],
      ['nothing'],
      ['export', '--after', '5'],
      ['export', '--format', 'xml'],
      ['verify', 'a', 'b'],
      ['verify', '--what'],
    ]) {
      const { code, stdout, stderr } = await audit(args, {})
      expect([code, stdout], args.join(' ')).toEqual([2, ''])
      expect(stderr).toContain('npm run audit -- verify [FILE]')
    }
    await writeFile(none, 'nothing\n')
    expect(await audit(['verify', none], {})).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('No key is trusted'),
    })
    expect(await audit(['verify', none, '--keys', none], {})).toMatchObject({ code: 2 })
    expect(await audit(['verify', none, '--state', none], {})).toMatchObject({ code: 2 })
  })
})
