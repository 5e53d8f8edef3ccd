/** What a verifier may find, by docs/audit-log.md 6, and what it exits with. */
const EXIT = {
  edited: 1,
  inserted: 1,
  removed: 1,
  swapped: 1,
  rewritten: 1,
  cut: 1,
  emptied: 1,
  'rolled-back': 1,
  'split-view': 1,
  'key-unknown': 1,
  'bad-signature': 1,
  'time-backwards': 1,
  malformed: 1,
  unsealed: 3,
  unproven: 3,
  truncated: 3,
  trimmed: 0,
  partial: 0,
  'origin-changed': 0,
  'version-unknown': 0,
} as const
export type FindingName = keyof typeof EXIT
export type Finding = {
  name: FindingName
  /** Null for what is not of one account. */
  account: string | null
  /** Which event or checkpoint, and what of it. */
  text: string
  /** Of a split view: the two signed notes that prove it to anybody. */
  notes?: [string, string]
}

/** Of each kind, so many are told one by one; a file of nothing but mistakes must not fill the memory. */
const TOLD_OF_A_KIND = 20

export type Findings = {
  add(name: FindingName, account: string | null, text: string, notes?: [string, string]): void
  has(name: FindingName): boolean
  all(): Finding[]
  /** 0: proven; 1: something is wrong; 3: nothing wrong seen, not all proven. */
  exitCode(): 0 | 1 | 3
  /** Whether what was seen may be remembered: nothing but notes and events that wait for their seal. */
  mayBeRemembered(): boolean
}

export function createFindings(): Findings {
  const told: Finding[] = []
  const counts = new Map<FindingName, number>()
  const worst = (code: number) => [...counts.keys()].some((name) => EXIT[name] === code)
  return {
    add(name, account, text, notes) {
      const count = (counts.get(name) ?? 0) + 1
      counts.set(name, count)
      if (count <= TOLD_OF_A_KIND) told.push({ name, account, text, ...(notes ? { notes } : {}) })
    },
    has: (name) => counts.has(name),
    all() {
      const untold = [...counts].filter(([, count]) => count > TOLD_OF_A_KIND)
      return [
        ...told,
        ...untold.map(([name, count]) => ({
          name,
          account: null,
          text: `and ${count - TOLD_OF_A_KIND} more of these`,
        })),
      ]
    },
    exitCode: () => (worst(1) ? 1 : worst(3) ? 3 : 0),
    mayBeRemembered: () => [...counts.keys()].every((name) => EXIT[name] === 0 || name === 'unsealed'),
  }
}
