import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { spawnGateway, tempFolder } from '../support/index.ts'
import { takeTour } from './tour.ts'

const README = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')

test('every request of the tour in README.md gets the answer that is printed below it', {
  timeout: 120_000,
}, async () => {
  await using folder = await tempFolder()
  await using gateway = await spawnGateway({ DATA_DIR: `${folder.path}/data`, ADMIN_EMAIL: '', ADMIN_PASSWORD: '' })
  const password = /Password\s+(\S+)/.exec(gateway.stdout())?.[1] ?? ''
  const tour = README.split('## A tour in five minutes')[1]?.split('\n## ')[0] ?? ''
  const settle = (command: string) =>
    command.replace('http://localhost:4000', gateway.url).replace("PASSWORD='…'", `PASSWORD='${password}'`)
  expect(await takeTour(tour, { settle, folder: folder.path })).toBeGreaterThan(10)
})
