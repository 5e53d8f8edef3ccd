import type { Findings } from './findings.ts'
import { judgeSignature, type TrustedKeys } from './keys.ts'
import { parseCheckpoint, type SignedRoot } from './note.ts'
import { checkConsistency } from './proofs.ts'
import type { RecordFacts } from './record.ts'
import { createSequence } from './sequence.ts'
import { type GrowingTree, growTree, type Hash } from './tree.ts'

export type SectionHead = {
  account: string
  origin: string | null
  /** How many events come before the first one here. */
  after: number
  /** How many of them retention has taken. */
  trimmed: number
  until: number | null
}

export type SectionEvent = {
  /** Null: no record may look so. */
  facts: RecordFacts | null
  /** SHA-256 of 0x00 and the record. */
  computed: Hash
  /** The leaf as it is stored. */
  stored: Hash
}

/** One account's history, shown to it event by event and checkpoint by checkpoint, in order. Its memory does not grow. */
export type Section = {
  event(event: SectionEvent): void
  checkpoint(note: string): void
  consistency(from: number, to: number, proof: readonly Hash[]): void
  /**
   * All has been shown.
   * @param through as the end line says; null where there is none
   */
  end(through: number | null): void
  /** The newest checkpoint that counts, to be remembered. */
  newest(): SignedRoot | null
}

/** Events that differ from their hash are told once a signed root says which of the two was changed; so many wait for it. */
const KEPT_EDITED = 1000

/**
 * @param start the start nodes of the first `after` leaves
 * @param remembered the newest checkpoint that the reader has kept of this account
 */
export function openSection(
  head: SectionHead,
  start: readonly Hash[],
  remembered: SignedRoot | null,
  keys: TrustedKeys,
  findings: Findings,
): Section {
  const { account, after, trimmed, until } = head
  const add = (name: Parameters<Findings['add']>[0], text: string, notes?: [string, string]) =>
    findings.add(name, account, text, notes)
  const sequence = createSequence(after, (name, text) => add(name, text))
  /** Of the stored hashes, and where records differ from theirs, of the records. */
  let tree = growTree(after, start)
  let asRecorded: GrowingTree | null = null
  /** Since the last root that fitted: the events whose record and stored hash differ. */
  let edited: number[] = []
  let fitting = after
  let isBroken = false
  let isTied = after === 0
  let lastTime = Number.NEGATIVE_INFINITY
  let origin = head.origin
  let newest: SignedRoot | null = null
  let due: { from: number; to: number; proof: readonly Hash[] } | null = null
  /** The last event asked for is tied to the newest checkpoint by a consistency line. */
  let isClosed = false
  let rootInMemory: Hash | null = null
  let memoryProof: { to: number; proof: readonly Hash[] } | null = null
  let trimmedTo: number | null = null
  let events = 0

  const rememberRoot = () => {
    if (remembered?.size === tree.size() && !isBroken) rootInMemory = tree.root()
  }
  rememberRoot()

  const tellEdited = (which: string) => {
    for (const number of edited) add('edited', `event ${number}: ${which}`)
    edited = []
    asRecorded = null
  }
  const fits = (ofEdited: string) => {
    fitting = tree.size()
    isTied = true
    tellEdited(ofEdited)
  }
  /** @returns whether the tree, of the stored hashes or of the records, has the root that was signed */
  const compareRoot = (isSigned: (root: Hash) => boolean, what: string): boolean => {
    if (isBroken) {
      tellEdited('the record and its stored hash differ')
      return false
    }
    if (isSigned(tree.root())) {
      fits('the record was changed; its stored hash is the one that was signed')
      return true
    }
    if (asRecorded && isSigned(asRecorded.root())) {
      tree = asRecorded
      fits('its stored hash was changed; the record is the one that was signed')
      rememberRoot()
      return true
    }
    if (edited.length > 0) tellEdited('neither the record nor its stored hash is what was signed')
    else add('rewritten', `${rangeOf(fitting + 1, tree.size())}: not what ${what} says`)
    isBroken = true
    return false
  }
  /** Splits are told apart from rewriting: there, a signed root of ours vouches for the other history. */
  const compareMemory = () => {
    if (!remembered) return
    const { size, root } = remembered
    const last = newest
    if (last && last.size < size)
      return add('rolled-back', `the newest checkpoint covers ${last.size} events, and ${size} were signed before`)
    if (last?.size === size && !last.root.equals(root)) return splitView(last)
    let known = rootInMemory as Hash | null
    if (!known && last?.size === size) known = last.root
    if (!known && memoryProof && last) {
      const startRoot = growTree(after, start).root()
      if (checkConsistency(size, memoryProof.to, root, startRoot, memoryProof.proof)) known = root
      else if (isTied && !isBroken) return splitView(last)
    }
    if (known?.equals(root)) return
    if (known && last && isTied && !isBroken) return splitView(last)
    if (known) return isBroken || add('rewritten', `events up to ${size}: not what the remembered checkpoint says`)
    if (isBroken) return
    if (!last && events === 0) return add('emptied', `${size} events were signed, and none is here`)
    if (!last) return add('rolled-back', `there is no checkpoint that counts, and ${size} events were signed before`)
    add('unproven', `nothing ties this to the ${size} events that are remembered: export with --proof-from ${size}`)
  }
  const splitView = (last: SignedRoot) =>
    add('split-view', `two signed roots that cannot belong to one history`, [remembered?.note ?? '', last.note])

  const append = (number: number, computed: Hash, stored: Hash) => {
    if (!computed.equals(stored)) {
      edited.push(number)
      asRecorded ??= tree.copy()
      if (edited.length > KEPT_EDITED) tellEdited('the record and its stored hash differ')
    }
    asRecorded?.add(computed)
    tree.add(stored)
    rememberRoot()
  }

  return {
    event({ facts, computed, stored }) {
      events += 1
      if (!facts) {
        // It stands for the event whose place it has.
        const number = sequence.skip()
        add('malformed', `event ${number}: no record may look so`)
        return append(number, computed, stored)
      }
      const number = facts.sequence
      if (facts.accountId !== account) return add('inserted', `event ${number} of the account ${facts.accountId}`)
      if (!facts.isKnownVersion) add('version-unknown', `event ${number}: its members were not looked at`)
      const place = sequence.see(number)
      if (place === 'again') return
      if (place !== 'next') isBroken = true
      if (place === 'late') return
      if (facts.occurredAt < lastTime) add('time-backwards', `event ${number} is earlier than what stands before it`)
      lastTime = Math.max(lastTime, facts.occurredAt)
      trimmedTo = facts.trimmedTo ?? trimmedTo
      append(number, computed, stored)
    },
    checkpoint(note) {
      const signed = parseCheckpoint(note)
      if (!signed) return add('malformed', 'a checkpoint is none')
      if (!signed.origin.endsWith(`/audit/${account}`))
        return add('malformed', `a checkpoint of ${signed.origin} is another account's`)
      const verdict = judgeSignature(keys, signed)
      if (verdict !== 'holds')
        return add(
          verdict,
          `the checkpoint of ${signed.size} events ${verdict === 'bad-signature' ? 'bears a signature that does not hold' : 'is not signed by a key that is trusted for its time'}`,
        )
      if (origin !== null && signed.origin !== origin) {
        if (newest) add('origin-changed', `from ${origin} to ${signed.origin}, at ${signed.size} events`)
      }
      origin = signed.origin
      if (newest && signed.size <= newest.size) {
        if (signed.size === newest.size && !signed.root.equals(newest.root))
          return add('split-view', `two signed roots of ${signed.size} events`, [newest.note, signed.note])
        return add('malformed', `the checkpoint of ${signed.size} events stands behind that of ${newest.size}`)
      }
      if (
        signed.time < (newest?.time ?? signed.time) ||
        (signed.size >= sequence.last() && signed.time < lastTime && due === null)
      )
        add('time-backwards', `the checkpoint of ${signed.size} events is earlier than what stands before it`)
      newest = signed
      if (due) {
        const { from, to, proof } = due
        if (to === signed.size)
          isClosed = compareRoot(
            (root) => checkConsistency(from, to, root, signed.root, proof),
            'the newest checkpoint',
          )
        due = null
        return
      }
      if (signed.size === sequence.last())
        compareRoot((root) => root.equals(signed.root), `the checkpoint of ${signed.size} events`)
      else if (signed.size < sequence.last())
        add('malformed', `the checkpoint of ${signed.size} events stands behind event ${sequence.last()}`)
    },
    consistency(from, to, proof) {
      if (events === 0 && to === after && from < after) {
        memoryProof = from === remembered?.size ? { to, proof } : null
        return
      }
      if (from !== sequence.last())
        return add('malformed', `a consistency line from ${from} stands behind event ${sequence.last()}`)
      due = { from, to, proof }
    },
    end(through) {
      const last = sequence.end()
      tellEdited('the record and its stored hash differ; no signed root settles which of the two was changed')
      const signedEnd = until === null ? (newest?.size ?? 0) : Math.min(until, newest?.size ?? 0)
      const wanted = Math.max(signedEnd, through ?? 0)
      if (last < wanted) {
        if (events === 0 && after === 0) add('emptied', `${wanted} events were signed, and none is here`)
        else add('cut', `${rangeOf(last + 1, wanted)}: missing at the end`)
      }
      if (!newest && (events > 0 || after > 0)) add('unproven', 'there is no checkpoint that counts')
      else if (newest && last > newest.size) add('unsealed', `${rangeOf(newest.size + 1, last)}: no checkpoint yet`)
      else if (newest && newest.size > last && last >= wanted && !isClosed && !isBroken)
        add('unproven', `${rangeOf(fitting + 1, last)}: nothing ties them to a signed root`)
      if (after > 0 && !isTied && !isBroken && newest) add('unproven', 'nothing ties the beginning to a signed root')
      if (after > trimmed) add('partial', `it begins behind event ${after}, and proves what it contains`)
      else if (trimmed > 0) {
        if (trimmedTo === trimmed + 1) add('trimmed', `retention has taken events 1 to ${trimmed}`)
        else if (until === null || until > last)
          add('removed', `events 1 to ${trimmed}: no AUDIT_TRIMMED says that retention took them`)
      }
      if (until !== null) add('partial', `events after ${until} were not asked for`)
      compareMemory()
    },
    newest: () => newest,
  }
}

function rangeOf(from: number, to: number): string {
  return from >= to ? `event ${to}` : `events ${from} to ${to}`
}
