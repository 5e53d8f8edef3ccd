import { existsSync } from 'node:fs'
import { expect, test } from 'vitest'
import { tempFolder } from '../support/index.ts'
import { runKeys } from './run-keys.ts'

test('anything else is told how to do it, and touches nothing', { timeout: 120_000 }, async () => {
  await using folder = await tempFolder()
  const env = { DATA_DIR: `${folder.path}/data` }
  for (const args of [[], ['list', 'all'], ['revoke']]) {
    const { code, stdout, stderr } = await runKeys(args, env)
    expect([code, stdout], args.join()).toEqual([2, ''])
    expect(stderr).toContain('npm run keys -- revoke KID')
  }
  expect(await runKeys(['list'], { ...env, KEY_ROTATION: 'P1D' })).toMatchObject({
    code: 1,
    stderr: 'KEY_ROTATION is shorter than P2D.\n',
  })
  expect(existsSync(env.DATA_DIR)).toBe(false)
})
