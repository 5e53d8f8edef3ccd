import { readFileSync } from 'node:fs'
import postgres from 'postgres'
import { inject } from 'vitest'
import { type AuditEventType, eventNames } from '../../src/audit/index.ts'
import { schema } from '../../src/graphql/schema.ts'
import { rows } from '../rights/rows.ts'
import { createWorld } from '../rights/world.ts'
import { describe, expect, type TestGateway, test } from '../support/index.ts'
import { EVERY_TABLE } from '../support/leaks.ts'

/** What each mutation writes, in this order, when the owner runs it as the table of rights has it. */
const written: Record<string, AuditEventType[]> = {
  acceptInvitation: ['MEMBER_ADDED', 'SIGNED_IN'],
  addAppKey: ['KEY_ADDED'],
  addMember: ['MEMBER_ADDED'],
  changePassword: ['PASSWORD_CHANGED'],
  createAccount: [], // the new account's own history has it
  createApp: ['APP_CREATED'],
  deleteApp: ['APP_DELETED'],
  inviteMember: ['MEMBER_INVITED'],
  removeAppKey: ['KEY_REMOVED'],
  removeMember: ['MEMBER_REMOVED'],
  revokeInvitation: ['INVITATION_REVOKED'],
  revokeSecret: ['SECRET_REVOKED'],
  revokeSession: ['SESSION_REVOKED'],
  revokeTokens: ['TOKENS_REVOKED'],
  rotateSecret: ['SECRET_ROTATED'],
  setSecretEnabled: ['SECRET_DISABLED'],
  signIn: ['SIGNED_IN'],
  signOut: ['SIGNED_OUT'],
  switchAccount: [],
  undoRotation: ['SECRET_ROTATION_UNDONE'],
  updateAccount: ['ACCOUNT_UPDATED'],
  updateApp: ['APP_UPDATED'],
  updateMember: ['MEMBER_UPDATED'],
}
/** Where the table of rights asks for what is there already, which writes nothing. */
const changes: Record<string, Record<string, unknown>> = { updateAccount: { input: { name: 'Renamed' } } }
/** Named, and written by nothing yet. */
const NOT_WRITTEN: ReadonlySet<string> = new Set<AuditEventType>(['AUDIT_TRIMMED'])
const page = readFileSync(new URL('../../docs/events.md', import.meta.url), 'utf8')
const [table = '', absent = ''] = page.split('## What is not audited')
const rowOf = (type: string) => table.split('\n').find((line) => line.startsWith(`| \`${type}\` `)) ?? ''

test('docs/events.md has every type of event, by its name, and every mutation, written or not [feed 7]', () => {
  for (const [type, name] of Object.entries(eventNames))
    if (!NOT_WRITTEN.has(type)) expect(rowOf(type), type).toContain(`\`${name}\``)
  expect(Object.keys(written)).toEqual(Object.keys(schema.getMutationType()?.getFields() ?? {}).toSorted())
  for (const [mutation, types] of Object.entries(written)) {
    for (const type of types) expect(rowOf(type), type).toContain(mutation)
    if (types.length === 0) expect(`${rowOf('ACCOUNT_CREATED')}${absent}`).toContain(mutation)
  }
})

/** What an owner of the database sees: everything that is stored, and how far the histories are. */
async function openStore({ env }: TestGateway) {
  const sql = postgres(env.DATABASE_URL ?? '', { max: 1, onnotice: () => {} })
  const types = async () => {
    const rows = await sql<
      { type: string; id: string }[]
    >`select type, id from audit_events order by occurred_at, sequence`
    return rows.map(({ type }) => type)
  }
  const contents = async () => {
    const queries = await sql.unsafe<{ name: string; rows: string }[]>(EVERY_TABLE)
    const [{ open } = {}] = await sql<{ open: number }[]>`select count(*)::int as open from sessions`
    // That somebody is there is noted in their session, also with a request that then fails; the sealer has its own pace.
    const elsewhere = /^(sessions|audit_(nodes|seals|checkpoints))$/
    const kept = queries.filter(({ name }) => !elsewhere.test(name))
    return [
      open,
      ...kept.flatMap(({ name, rows }) => rows.split('<row>').map((row) => `${name}: ${row.trim()}`)).sort(),
    ]
  }
  const refuseEvents = async (): Promise<AsyncDisposable> => {
    await sql`revoke insert on audit_events from chatelaine_system`
    const allow = async () => void (await sql`grant insert on audit_events to chatelaine_system`)
    return { [Symbol.asyncDispose]: allow }
  }
  return { types, contents, refuseEvents, [Symbol.asyncDispose]: () => sql.end() }
}

describe.runIf(inject('engine') === 'postgres')('every mutation', () => {
  test('writes its event, and where that cannot be written, nothing at all', { timeout: 180_000 }, async ({
    gateway,
    token,
  }) => {
    const world = await createWorld(gateway, token)
    await using store = await openStore(gateway)
    const mutations = rows.filter(({ name }) => name.startsWith('Mutation.'))
    expect(mutations).toHaveLength(Object.keys(written).length)
    for (const row of mutations) {
      const name = row.name.replace('Mutation.', '')
      const asker = (await world.newTokenOf('OWNER')) ?? token
      const variables = changes[name] ?? (await row.variables(world.ids, 'OWNER', world))
      const before = await store.contents()
      const known = await store.types()
      const writes = name === 'createAccount' ? ['ACCOUNT_CREATED', 'MEMBER_ADDED'] : (written[name] ?? [])
      if (writes.length > 0) {
        await using _refused = await store.refuseEvents()
        const { body } = await gateway.graphql(row.query, variables, asker)
        expect(body.errors?.[0]?.extensions?.code, name).toBe('INTERNAL')
        expect(await store.contents(), name).toEqual(before)
      }
      const { body } = await gateway.graphql(row.query, variables, asker)
      expect(body.errors, name).toBeUndefined()
      const added = (await store.types()).slice(known.length)
      // A person who is a member of several accounts has it in each.
      expect([...new Set(added)].toSorted(), name).toEqual(writes.toSorted())
    }
  })
})
