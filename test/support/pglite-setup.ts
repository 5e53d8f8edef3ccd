import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { embeddedDatabase } from '../../src/database/connect.ts'
import { openEmbedded } from '../../src/database/embedded.ts'
import { migrate, noSignals } from '../../src/database/index.ts'
import type {} from './provided.ts'
import { tempFolder } from './temp-folder.ts'

/** Opens and migrates PGlite once for the whole run (2 to 5 s): each test file then loads the dump (0.5 s). */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const temporary = await tempFolder()
  const remove = async () => temporary[Symbol.asyncDispose]()
  try {
    const [dump, folder] = [join(temporary.path, 'dump.tar'), join(temporary.path, 'database')]
    const { pglite, close } = await openEmbedded(folder)
    await migrate({ ...embeddedDatabase(pglite), engine: 'pglite', signals: noSignals, close }, async () => {})
    await pglite.exec('reset role; checkpoint')
    const { rows } = await pglite.query<{ server_version: string }>('show server_version')
    await writeFile(dump, (await pglite.dumpDataDir('none')).stream())
    await close()
    project.provide('pglite', { dump, folder, version: rows[0]?.server_version.split(' ')[0] ?? '' })
  } catch (error) {
    await remove()
    throw error
  }
  return remove
}
