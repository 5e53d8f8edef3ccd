import { checkSignature, parseNote, type SignedRoot } from './note.ts'

/** Keys that a reader trusts, and when each has handed over (milliseconds): it signs nothing after. */
export type TrustedKeys = { keys: ReadonlyMap<string, number | null>; untied: string[] }
type Handover = { previous: string; next: string; time: number; isByBoth: boolean }
type Verdict = 'holds' | 'bad-signature' | 'key-unknown'

const HANDOVER = /^(\S+\/audit\/keys)\nprevious (\S{44})\nnext (\S{44})\ntime (\S+)\n$/

/** `/.well-known/audit-keys.json`, as far as a verifier reads it. @returns null for what is none */
export function parseKeyFile(text: string): { listed: string[]; current: string | null; handovers: string[] } | null {
  try {
    const file = JSON.parse(text) as { format?: unknown; keys?: unknown; handovers?: unknown }
    if (file.format !== 'chatelaine-audit-keys/1' || !Array.isArray(file.keys) || !Array.isArray(file.handovers))
      return null
    const keys = file.keys as { publicKey?: unknown; status?: unknown }[]
    const listed = keys.map(({ publicKey }) => publicKey).filter(isKey)
    const current = keys.find(({ status }) => status === 'current')?.publicKey
    const handovers = file.handovers.filter((note) => typeof note === 'string')
    if (listed.length !== keys.length || handovers.length !== file.handovers.length) return null
    return { listed, current: isKey(current) ? current : null, handovers }
  } catch {
    return null
  }
}

/**
 * What is trusted: what the reader remembers, or, with nothing remembered, the file's current key; and what hand-overs tie
 * to it, forward by both signatures, backward by the later key's.
 */
export function trustKeys(
  remembered: readonly string[],
  file: { listed: string[]; current: string | null; handovers: string[] } | null,
): TrustedKeys {
  const handovers = (file?.handovers ?? []).map(readHandover).filter((one) => one !== null)
  const first = remembered.length > 0 ? remembered : [file?.current ?? []].flat()
  const keys = new Set(first)
  const successors = (key: string) =>
    new Set(handovers.filter((one) => one.isByBoth && one.previous === key).map(({ next }) => next))
  for (let before = -1; before !== keys.size; ) {
    before = keys.size
    for (const { previous, next, isByBoth } of handovers) {
      if (keys.has(next)) keys.add(previous)
      if (keys.has(previous) && isByBoth && successors(previous).size === 1) keys.add(next)
    }
  }
  const endOf = (key: string) =>
    handovers.find(({ previous, next }) => previous === key && keys.has(next))?.time ?? null
  return {
    keys: new Map([...keys].map((key) => [key, endOf(key)])),
    untied: (file?.listed ?? []).filter((key) => !keys.has(key)),
  }
}

/** Whether a trusted key signed a checkpoint, under its origin, before it had handed over. */
export function judgeSignature({ keys }: TrustedKeys, { parsed, origin, time }: SignedRoot): Verdict {
  let verdict: Verdict = 'key-unknown'
  for (const [key, until] of keys) {
    const holds = checkSignature(parsed, origin, key)
    if (holds === false) verdict = 'bad-signature'
    if (holds) return until !== null && time > until ? 'key-unknown' : 'holds'
  }
  return verdict
}

function readHandover(note: string): Handover | null {
  const parsed = parseNote(note)
  const [, name, previous, next, at] = HANDOVER.exec(parsed?.text ?? '') ?? []
  if (!parsed || !name || !isKey(previous) || !isKey(next) || !at) return null
  if (!checkSignature(parsed, name, next)) return null
  return { previous, next, time: Date.parse(at), isByBoth: checkSignature(parsed, name, previous) === true }
}

export function isKey(value: unknown): value is string {
  return typeof value === 'string' && /^[A-Za-z0-9+/]{43}=$/.test(value)
}
