import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'

const IV_BYTES = 12
const TAG_BYTES = 16

/** Tells wrapping keys apart without telling anything of them: 16 hexadecimal digits. */
export function fingerprint(wrappingKey: Uint8Array): string {
  return createHash('sha256').update('chatelaine wrapping key').update(wrappingKey).digest('hex').slice(0, 16)
}

/**
 * AES-256-GCM (NIST SP 800-38D): 12 random bytes, ciphertext, 16 bytes of tag.
 * @param context bound to the text: what was sealed for one row does not open in another
 */
export function seal(wrappingKey: Uint8Array, context: string, plain: Uint8Array): Uint8Array {
  const iv = randomBytes(IV_BYTES)
  const cipher = createCipheriv('aes-256-gcm', wrappingKey, iv, { authTagLength: TAG_BYTES }).setAAD(
    Buffer.from(context),
  )
  return new Uint8Array(Buffer.concat([iv, cipher.update(plain), cipher.final(), cipher.getAuthTag()]))
}

/** @throws Error where key, context or bytes are not those of the sealing */
export function unseal(wrappingKey: Uint8Array, context: string, sealed: Uint8Array): Uint8Array {
  const iv = sealed.subarray(0, IV_BYTES)
  const text = sealed.subarray(IV_BYTES, sealed.length - TAG_BYTES)
  const decipher = createDecipheriv('aes-256-gcm', wrappingKey, iv, { authTagLength: TAG_BYTES })
  decipher.setAAD(Buffer.from(context)).setAuthTag(sealed.subarray(sealed.length - TAG_BYTES))
  return new Uint8Array(Buffer.concat([decipher.update(text), decipher.final()]))
}
