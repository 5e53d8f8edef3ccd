import { type Database, inSystem } from '../database/index.ts'
import { readMarker, writeMarker } from './marker.ts'
import { openSecretMac } from './stored-keys.ts'
import type { Wrapping } from './wrapping.ts'

const NAME = 'public-url'

/** Keeps the address of a gateway that has started, for the command line, which may have been told another or none. */
export function rememberPublicUrl(db: Database, secretMac: Uint8Array, publicUrl: string): Promise<void> {
  return inSystem(db, async (tx) => {
    const known = await readMarker(tx, secretMac, NAME)
    if (known === null || known === 'forged' || known.text !== publicUrl)
      await writeMarker(tx, secretMac, NAME, publicUrl)
  })
}

/**
 * The address of the gateway that has started last.
 * @returns null where none has, since these keys were made
 * @throws KeysSealed
 */
export function rememberedPublicUrl(db: Database, wrapping: Wrapping): Promise<string | null> {
  return inSystem(db, async (tx) => {
    const known = await readMarker(tx, await openSecretMac(tx, wrapping), NAME)
    return known === null || known === 'forged' ? null : known.text
  })
}
