import { createHash } from 'node:crypto'
import { beforeEach } from 'vitest'
import { exportHistory, originPrefixOf, planExport } from '../../src/audit/index.ts'
import type { Caller } from '../../src/caller.ts'
import { storedHistory } from '../../src/command-line/stored-history.ts'
import type { Database } from '../../src/database/index.ts'
import { createFindings, parseCheckpoint, parseKeyFile, trustKeys, verifyDatabase } from '../../src/verify/index.ts'
import { describe, expect, newAccount, peek, test } from '../support/index.ts'
import { findingsOf } from './findings-of.ts'
import { asSuperuser, PUBLIC_URL, startSealer, withoutAuditKeys } from './sealing.ts'
import { writeEvents } from './write-events.ts'

beforeEach<{ db: Database }>(({ db }) => withoutAuditKeys(db))

type Sealer = Awaited<ReturnType<typeof startSealer>>
const whole = { format: 'ndjson', after: null, until: null, proofFrom: null } as const

/** Verifies one account's rows. @param memory the note of a checkpoint that the reader kept */
async function verified(db: Database, { accountId }: Caller, sealer: Sealer, memory: string | null = null) {
  const stored = storedHistory(db)
  const accounts = async (after: string | null) => {
    const found: Awaited<ReturnType<typeof stored.accounts>> = []
    for (
      let page = await stored.accounts(after);
      page.length > 0;
      page = await stored.accounts(page.at(-1)?.account ?? null)
    )
      found.push(...page.filter(({ account }) => account === accountId))
    return after === null ? found : []
  }
  const findings = createFindings()
  const remembered = memory === null ? null : parseCheckpoint(memory)
  const keys = trustKeys([], parseKeyFile(JSON.stringify(await sealer.published())))
  await verifyDatabase({ ...stored, accounts }, new Map(remembered ? [[accountId, remembered]] : []), keys, findings)
  return { exit: findings.exitCode(), names: findings.all().map(({ name }) => name), all: findings.all() }
}

/** An account of 12 events, signed at 4, 8 and 12. */
async function sealed(db: Database, sealer: Sealer) {
  const owner = await newAccount(db)
  const notes: string[] = []
  for (let part = 0; part < 3; part += 1) {
    await writeEvents(db, owner, 4)
    await sealer.sealNow(owner.accountId)
    notes.push((await sealer.newest(owner))?.note ?? '')
  }
  const own = `account_id = '${owner.accountId}'`
  return { owner, own, notes: notes as [string, string, string] }
}

async function linesOf(db: Database, { accountId }: Caller, request: Parameters<typeof planExport>[2] = whole) {
  const plan = await planExport(db, accountId, request, originPrefixOf(PUBLIC_URL))
  let text = ''
  for await (const piece of exportHistory(db, accountId, request, plan)) text += piece
  return text.trimEnd().split('\n')
}

const ofRecord = (record: string) => `decode('${createHash('sha256').update(`\0${record}`).digest('hex')}', 'hex')`
const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`

type Damage = {
  damage: string
  /** As superuser: statements that do it. */
  statements: (own: string, records: string[]) => string
  inDatabase: string[]
  inExport: string[]
}
const edit = (records: string[]) => (records[5] ?? '').replace('chatelaine-test/1', 'chatelaine-test/2')
const damages: Damage[] = [
  {
    damage: 'a row is edited',
    statements: (own, records) =>
      `update audit_events set record = ${quoted(edit(records))} where ${own} and sequence = 6`,
    inDatabase: ['edited'],
    inExport: ['edited'],
  },
  {
    damage: 'a row and its hash are edited: its node leads to it',
    statements: (own, records) =>
      `update audit_events set record = ${quoted(edit(records))}, hash = ${ofRecord(edit(records))} where ${own} and sequence = 6`,
    inDatabase: ['rewritten', 'rewritten'],
    inExport: ['rewritten'],
  },
  {
    damage: 'a row, its hash and all nodes above are made anew',
    statements: (own, records) =>
      `update audit_events set record = ${quoted(edit(records))}, hash = ${ofRecord(edit(records))} where ${own} and sequence = 6;
       update audit_nodes set hash = ${ofRecord(edit(records))} where ${own} and level = 0 and index = 5;
       ${[1, 2, 3]
         .map(
           (
             level,
           ) => `update audit_nodes n set hash = (select sha256('\\x01'::bytea || l.hash || r.hash) from audit_nodes l, audit_nodes r
             where l.account_id = n.account_id and r.account_id = n.account_id and l.level = n.level - 1 and r.level = n.level - 1
               and l.index = n.index * 2 and r.index = n.index * 2 + 1) where ${own} and level = ${level}`,
         )
         .join(';')}`,
    inDatabase: ['rewritten'],
    inExport: ['rewritten'],
  },
  {
    damage: 'a copy beside the record is edited',
    statements: (own) => `update audit_events set type = 'SIGNED_OUT' where ${own} and sequence = 6`,
    inDatabase: ['edited'],
    inExport: [],
  },
  {
    damage: 'a node is edited',
    statements: (own) => `update audit_nodes set hash = sha256('x') where ${own} and level = 1 and index = 2`,
    inDatabase: ['edited', 'edited'],
    inExport: [],
  },
  {
    damage: 'nodes are deleted',
    statements: (own) => `delete from audit_nodes where ${own} and level = 3`,
    inDatabase: ['edited'],
    inExport: [],
  },
  {
    damage: 'two rows are swapped',
    statements: (own) => `update audit_events set sequence = -6 where ${own} and sequence = 6;
      update audit_events set sequence = 6 where ${own} and sequence = 7;
      update audit_events set sequence = 7 where ${own} and sequence = -6`,
    inDatabase: ['swapped'],
    inExport: ['swapped'],
  },
  {
    damage: "another account's row is put in, and the rows behind it move",
    statements: (own) => `update audit_events set sequence = -sequence - 1 where ${own} and sequence > 6;
      update audit_events set sequence = -sequence where ${own} and sequence < 0;
      insert into audit_events select account_id, 7, gen_random_uuid(), type, app_id, actor_id, source_ip, occurred_at,
        replace(record, left(account_id::text, 8), 'aaaaaaaa'), hash from audit_events where ${own} and sequence = 6;
      update audit_heads set sequence = 13 where ${own}`,
    inDatabase: ['inserted'],
    inExport: ['inserted', 'cut'], // it ends where the sealed rows end
  },
  {
    damage: 'a row is deleted',
    statements: (own) => `delete from audit_events where ${own} and sequence = 6`,
    inDatabase: ['removed'],
    inExport: [],
  },
  {
    damage: 'the first rows are cut, without AUDIT_TRIMMED',
    statements: (own) =>
      `delete from audit_events where ${own} and sequence < 5; update audit_heads set trimmed = 4 where ${own}`,
    inDatabase: ['removed'],
    inExport: ['removed'],
  },
  {
    damage: 'the tail is cut',
    statements: (own) =>
      `delete from audit_events where ${own} and sequence > 10; update audit_heads set sequence = 10 where ${own}`,
    inDatabase: ['cut'],
    inExport: [],
  },
  {
    damage: 'the tail is cut with its checkpoints and nodes: an older state, whole in itself',
    statements: (
      own,
    ) => `delete from audit_events where ${own} and sequence > 8; update audit_heads set sequence = 8 where ${own};
      delete from audit_checkpoints where ${own} and size > 8; delete from audit_nodes where ${own} and (index + 1) * 2 ^ level > 8`,
    inDatabase: [],
    inExport: [],
  },
  {
    damage: 'all rows are deleted',
    statements: (own) => `delete from audit_events where ${own}`,
    inDatabase: ['emptied'],
    inExport: [],
  },
]

describe('each damage to a database that was sealed, and what its verifier and an export of it find', () => {
  test('none', async ({ db }) => {
    await using sealer = await startSealer(db)
    const { owner, notes } = await sealed(db, sealer)
    expect(await verified(db, owner, sealer)).toEqual({ exit: 0, names: [], all: [] })
    for (const note of notes) expect((await verified(db, owner, sealer, note)).names).toEqual([])
    const found = await findingsOf(await linesOf(db, owner), notes[1], [], await sealer.published())
    expect([found.names, found.verified.events]).toEqual([[], 12])
    await writeEvents(db, owner)
    expect(await verified(db, owner, sealer)).toMatchObject({ exit: 3, names: ['unsealed'] })
  })

  test.for(damages)('$damage', async ({ statements, inDatabase, inExport }, { db }) => {
    await using sealer = await startSealer(db)
    const { owner, own, notes } = await sealed(db, sealer)
    const records = await peek<{ record: string }>(db, `select record from audit_events where ${own} order by sequence`)
    await asSuperuser(
      db,
      statements(
        own,
        records.map(({ record }) => record),
      ),
    )
    const found = await verified(db, owner, sealer)
    expect(found.names.toSorted(), JSON.stringify(found.all)).toEqual(inDatabase.toSorted())
    expect(found.exit).toBe(inDatabase.length > 0 ? 1 : 0)
    if (inExport.length > 0) {
      const inFile = await findingsOf(await linesOf(db, owner), null, [], await sealer.published())
      expect(inFile.names.toSorted(), JSON.stringify(inFile.all)).toEqual(inExport.toSorted())
    }
    // Who remembers the newest checkpoint finds it wrong in any case, but for what no export shows.
    const remembering = await verified(db, owner, sealer, notes[2])
    expect(remembering.exit).toBe(1)
    if (inDatabase.length === 0) expect(remembering.names).toEqual(['rolled-back'])
  })

  test('an old backup that has grown again is a split view, and both notes prove it', async ({ db }) => {
    await using sealer = await startSealer(db)
    const { owner, own, notes } = await sealed(db, sealer)
    await asSuperuser(
      db,
      `delete from audit_events where ${own} and sequence > 8; update audit_heads set sequence = 8 where ${own};
       delete from audit_checkpoints where ${own} and size > 8; delete from audit_nodes where ${own} and (index + 1) * 2 ^ level > 8`,
    )
    // This process has seen more signed, and signs nothing; one that starts anew knows nothing of it.
    await expect(sealer.sealNow(owner.accountId)).rejects.toThrow('rolled-back')
    await writeEvents(db, owner, 6)
    await using another = await startSealer(db, sealer.wrapping)
    await another.sealNow(owner.accountId)
    expect(await verified(db, owner, another)).toMatchObject({ exit: 0 })
    const found = await verified(db, owner, another, notes[2])
    expect(found).toMatchObject({ exit: 1, names: ['split-view'] })
    const proof = found.all[0]?.notes?.map((note) => parseCheckpoint(note)?.size)
    expect(proof).toEqual([12, 14])
  })
})

describe('an export', () => {
  const parts = [
    { after: 5, until: null, proofFrom: null, names: ['partial'] },
    { after: 8, until: 12, proofFrom: null, names: ['partial', 'partial'] },
    { after: null, until: 7, proofFrom: null, names: ['partial'] },
    { after: 6, until: 10, proofFrom: 4, names: ['partial', 'partial'] },
  ]
  test.for(parts)('of a part proves that part: %j', async ({ names, ...part }, { db }) => {
    await using sealer = await startSealer(db)
    const { owner, notes } = await sealed(db, sealer)
    const lines = await linesOf(db, owner, { ...whole, ...part })
    const memory = part.proofFrom === 4 ? notes[0] : notes[2]
    const found = await findingsOf(lines, part.until === 7 ? null : memory, [], await sealer.published())
    expect([found.names, found.exit]).toEqual([names, 0])
  })

  test('of what is not sealed, or not there, is refused with a sentence', async ({ db }) => {
    await using sealer = await startSealer(db)
    const { owner } = await sealed(db, sealer)
    const refused = (part: object) => planExport(db, owner.accountId, { ...whole, ...part }, 'h/audit/')
    await expect(refused({ until: 13 })).rejects.toThrow('12 events of this account are sealed, and 13 were asked for.')
    await expect(refused({ after: 9, until: 8 })).rejects.toThrow('No event stands between 9 and 8.')
    await expect(refused({ proofFrom: 13 })).rejects.toThrow('there is no proof from 13')
  })

  test('as CSV is RFC 4180, and no cell is a formula', async ({ db }) => {
    await using sealer = await startSealer(db)
    const owner = await newAccount(db)
    const changes = [{ field: 'name', before: null, after: 'a "quoted", name' }]
    const resource = { type: 'App', id: owner.accountId, name: '=1+1' }
    await writeEvents(db, owner, 1, { type: 'APP_CREATED', resource, changes })
    await sealer.sealNow(owner.accountId)
    const [row = ''] = await linesOf(db, owner, { ...whole, format: 'csv' })
    expect(row).toContain(
      `,App,${owner.accountId},'=1+1,"[{""after"":""a \\""quoted\\"", name"",""before"":null,""field"":""name""}]",`,
    )
    expect(row).toMatch(/^1,[0-9a-f-]{36},[0-9a-f-]{36},1,APP_CREATED,.*,[0-9a-f]{64}\r?$/)
  })
})
