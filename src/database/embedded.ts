import { fdatasyncSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { PGlite } from '@electric-sql/pglite'
import { NodeFS } from '@electric-sql/pglite/nodefs'

/**
 * Opens PGlite so that what it acknowledged stays: its folder is locked for the life of this process (two processes on
 * one folder lose each other's writes without an error), and its writes are flushed to the disk (by default it never
 * calls fsync). Version pinned: the way to fsync is not part of PGlite's documented interface, so a test counts the calls.
 */
export async function openEmbedded(folder: string): Promise<{ pglite: PGlite; close(): Promise<void> }> {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const unlock = lockFolder(join(folder, 'lock'), folder)
  try {
    const pglite = await PGlite.create({
      fs: new DurableFS(join(folder, 'postgres')),
      startParams: [
        ...PGlite.defaultStartParams.filter((parameter) => parameter !== '-F'),
        '-c',
        'fsync=on',
        '-c',
        'wal_sync_method=fsync', // emscripten's fdatasync does nothing
      ],
    })
    const close = async () => {
      await pglite.close()
      unlock()
    }
    return { pglite, close }
  } catch (error) {
    unlock()
    throw error
  }
}

/** Node has no flock; SQLite's lock on its file is the kernel's, so it is free again at once after a SIGKILL. */
function lockFolder(file: string, folder: string): () => void {
  const lock = new DatabaseSync(file, { timeout: 0 })
  try {
    lock.exec('pragma journal_mode = off; begin exclusive')
  } catch {
    lock.close()
    throw new Error(
      `Another Chatelaine has the folder ${folder} open. The embedded database serves one process: stop that one, ` +
        'choose another DATA_DIR, or set DATABASE_URL to a PostgreSQL server, which serves many.',
    )
  }
  return () => lock.close()
}

type EmscriptenModule = { NODEFS: { stream_ops: Record<string, unknown> } }

class DurableFS extends NodeFS {
  override async init(...[pg, options]: Parameters<NodeFS['init']>) {
    const initialised = await super.init(pg, options)
    initialised.emscriptenOpts.preRun ??= []
    initialised.emscriptenOpts.preRun.push((module: unknown) => {
      ;(module as EmscriptenModule).NODEFS.stream_ops.fsync = (stream: { nfd?: number }) => {
        if (stream.nfd !== undefined) fdatasyncSync(stream.nfd)
        return 0
      }
    })
    return initialised
  }
}
