import { createHash, createPublicKey, sign, verify } from 'node:crypto'
import type { AuditKey } from '../keys/index.ts'

const SPKI = Buffer.from('302a300506032b6570032100', 'hex')
const ED25519 = 1
const SIGNATURE = /^— (\S+) ([A-Za-z0-9+/]+={0,2})$/

/** C2SP signed-note: SHA-256(name ‖ 0x0A ‖ type ‖ public key), its first 4 bytes. */
function keyId(name: string, publicKey: Uint8Array): Buffer {
  return createHash('sha256').update(`${name}\n`).update(Buffer.of(ED25519)).update(publicKey).digest().subarray(0, 4)
}

/** A C2SP signed note. @param text its lines, each ending in a newline */
export function signNote(
  text: string,
  name: string,
  keys: readonly Pick<AuditKey, 'publicKey' | 'privateKey'>[],
): string {
  const lines = keys.map(({ publicKey, privateKey }) => {
    const signature = sign(null, Buffer.from(text), privateKey)
    return `— ${name} ${Buffer.concat([keyId(name, publicKey), signature]).toString('base64')}\n`
  })
  return `${text}\n${lines.join('')}`
}

/** Whether the note carries a signature under that name that holds by that key. */
export function isSignedBy(note: string, name: string, publicKey: Uint8Array): boolean {
  const end = note.indexOf('\n\n')
  if (end < 0) return false
  const id = keyId(name, publicKey)
  const key = createPublicKey({ key: Buffer.concat([SPKI, publicKey]), format: 'der', type: 'spki' })
  return note
    .slice(end + 2)
    .split('\n')
    .some((line) => {
      const [, of, base64 = ''] = SIGNATURE.exec(line) ?? []
      const bytes = Buffer.from(base64, 'base64')
      return (
        of === name &&
        bytes.length === 68 &&
        bytes.subarray(0, 4).equals(id) &&
        verify(null, Buffer.from(note.slice(0, end + 1)), key, bytes.subarray(4))
      )
    })
}

/** What a checkpoint says (C2SP tlog-checkpoint, docs/audit-log.md §4). */
export type Checkpoint = { origin: string; size: number; rootHash: Uint8Array; time: Date }

export function checkpointText({ origin, size, rootHash, time }: Checkpoint): string {
  return `${origin}\n${size}\n${Buffer.from(rootHash).toString('base64')}\ntime ${time.toISOString()}\n`
}

/** What one of our checkpoints says. @returns null where it is none */
export function readCheckpoint(note: string): Checkpoint | null {
  const [, origin, size, root, time] = /^(\S+)\n(0|[1-9]\d*)\n(\S{44})\ntime (\S+)\n\n/.exec(note) ?? []
  if (origin === undefined || root === undefined || time === undefined) return null
  return {
    origin,
    size: Number(size),
    rootHash: new Uint8Array(Buffer.from(root, 'base64')),
    time: new Date(time),
  }
}

/** `chatelaine.example.com/audit/`: what the origins of an instance begin with. @param publicUrl without a slash at its end */
export function originPrefixOf(publicUrl: string): string {
  return `${publicUrl.replace(/^https?:\/\//, '')}/audit/`
}

/** What a hand-over from one key to the next says; it is signed by both. */
export function handoverText(prefix: string, previous: Uint8Array, next: Uint8Array, time: Date): string {
  const base64 = (key: Uint8Array) => Buffer.from(key).toString('base64')
  return `${prefix}keys\nprevious ${base64(previous)}\nnext ${base64(next)}\ntime ${time.toISOString()}\n`
}

/** The two keys of a hand-over, and its name. @returns null where it is none */
export function readHandover(note: string): { name: string; previous: Uint8Array; next: Uint8Array } | null {
  const [, name, previous, next] = /^(\S+)\nprevious (\S{44})\nnext (\S{44})\ntime \S+\n\n/.exec(note) ?? []
  if (name === undefined || previous === undefined || next === undefined) return null
  const bytes = (base64: string) => new Uint8Array(Buffer.from(base64, 'base64'))
  return { name, previous: bytes(previous), next: bytes(next) }
}
