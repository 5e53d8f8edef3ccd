import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ConfigError } from '../../src/config.ts'
import { openCatalogue } from '../../src/scopes/index.ts'
import { tempFolder } from '../support/temp-folder.ts'

export const endpoint = { method: 'GET', host: 'api.acme.example', path: '/bolts/{id}' }
export const bolts = {
  name: '/acme/store/bolts/read',
  product: 'store',
  resource: 'bolts',
  action: 'read',
  endpoints: [endpoint],
}
export const store = { name: 'store', title: 'Store' }
export const acme = { products: [store], scopes: [bolts] }
/** As people write it: each member in a line of its own. */
export const written = (value: unknown) => JSON.stringify(value, null, 1)

export async function open(content: string | Uint8Array) {
  await using folder = await tempFolder()
  const file = join(folder.path, 'scopes.json')
  await writeFile(file, content)
  return openCatalogue(file)
}

export async function mistakesIn(content: unknown): Promise<string[]> {
  const text = typeof content === 'string' || content instanceof Uint8Array ? content : written(content)
  const error = await open(text).then(
    () => null,
    (thrown: unknown) => thrown,
  )
  if (error === null) return []
  if (!(error instanceof ConfigError)) throw error
  return error.message.split('\n').map((line) => line.replace(/^SCOPES_FILE,? /, ''))
}
/** Told of a catalogue where the one scope, or its one endpoint, is another. */
export const ofScope = (changed: object) => mistakesIn({ products: [store], scopes: [{ ...bolts, ...changed }] })
export const ofEndpoint = (changed: object) => ofScope({ endpoints: [{ ...endpoint, ...changed }] })
export const ofProduct = (changed: object) => mistakesIn({ products: [{ ...store, ...changed }], scopes: [] })
