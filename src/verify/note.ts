import { createPublicKey, hash, verify } from 'node:crypto'

const SPKI_HEAD = Buffer.from('302a300506032b6570032100', 'hex')
const CHECKPOINT = /^(\S+)\n(0|[1-9]\d{0,15})\n([A-Za-z0-9+/]{43}=)\n([\s\S]*)$/
const TIME = /^time (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)$/

/** A C2SP signed note, taken apart. `text` is what its signatures are over. */
export type Note = { text: string; signatures: { name: string; keyId: string; signature: Buffer }[] }
/** A C2SP tlog-checkpoint with our time line. */
export type SignedRoot = { note: string; parsed: Note; origin: string; size: number; root: Buffer; time: number }

export function parseNote(note: string): Note | null {
  const end = note.lastIndexOf('\n\n')
  if (end < 0 || !note.endsWith('\n')) return null
  const lines = note.slice(end + 2, -1).split('\n')
  const signatures = lines.map((line) => {
    const [, name, base64 = ''] = /^— (\S+) ([A-Za-z0-9+/]+={0,2})$/.exec(line) ?? []
    const bytes = Buffer.from(base64, 'base64')
    return name && bytes.length > 4 ? { name, keyId: bytes.toString('hex', 0, 4), signature: bytes.subarray(4) } : null
  })
  const known = signatures.filter((one) => one !== null)
  return known.length === lines.length ? { text: note.slice(0, end + 1), signatures: known } : null
}

export function parseCheckpoint(note: string): SignedRoot | null {
  const parsed = parseNote(note)
  const [, origin, size, root, extensions] = CHECKPOINT.exec(parsed?.text ?? '') ?? []
  const times = extensions?.split('\n').flatMap((line) => TIME.exec(line)?.[1] ?? []) ?? []
  const time = Date.parse(times[0] ?? '')
  if (!parsed || !origin || !size || !root || times.length !== 1 || Number.isNaN(time)) return null
  return { note, parsed, origin, size: Number(size), root: Buffer.from(root, 'base64'), time }
}

/** The first four bytes of SHA-256(name ‖ newline ‖ 0x01 ‖ key), hexadecimal. @param key 32 bytes in base64 */
export function keyIdOf(name: string, key: string): string {
  const bytes = Buffer.concat([Buffer.from(`${name}\n\x01`), Buffer.from(key, 'base64')])
  return hash('sha256', bytes, 'hex').slice(0, 8)
}

/** @returns null where the note has no signature of that key under that name; else whether it holds */
export function checkSignature({ text, signatures }: Note, name: string, key: string): boolean | null {
  const keyId = keyIdOf(name, key)
  const ours = signatures.filter((one) => one.name === name && one.keyId === keyId)
  if (ours.length === 0) return null
  const spki = Buffer.concat([SPKI_HEAD, Buffer.from(key, 'base64')])
  const publicKey = createPublicKey({ key: spki, format: 'der', type: 'spki' })
  return ours.some(({ signature }) => verify(null, Buffer.from(text), publicKey, signature))
}
