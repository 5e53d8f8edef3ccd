import type { SlowHash } from '../slow-hash.ts'
import type { App } from './app.ts'
import { type EncryptionKey, encryptSecret } from './encrypt-secret.ts'
import { type MintedSecret, mintSecret, type Secret } from './secret.ts'

/** What creating an app and rotating its secret answer: the app, and the secret that was made for it, shown this once. */
export type IssuedSecret = {
  app: App
  /** Where a repeated request is answered, as it is now: it may have ended since. */
  secret: Secret
  /** In the clear; null where it comes as a JWE, or was shown before. */
  clientSecret: string | null
  /** For the caller's own key; null where none was given. */
  clientSecretJwe: string | null
  /** When the secret before it stops working, at the latest; null for an app's first secret. */
  previousSecretExpiresAt: Date | null
}

/** A new secret as it is stored, and in the one form in which it is shown. */
export type ShownSecret = Pick<MintedSecret, 'row'> & Pick<IssuedSecret, 'clientSecret' | 'clientSecretJwe'>

/** @param encryptTo with a key, the secret leaves this function as a JWE alone; else in the clear */
export async function issueSecret(
  { secretMac, slowHash }: { secretMac: Uint8Array; slowHash: SlowHash },
  encryptTo: EncryptionKey | null,
): Promise<ShownSecret> {
  const { plain, row } = await mintSecret(secretMac, slowHash)
  if (encryptTo === null) return { row, clientSecret: plain, clientSecretJwe: null }
  return { row, clientSecret: null, clientSecretJwe: await encryptSecret(encryptTo, plain) }
}
