import { createHash } from 'node:crypto'
import { sql } from 'drizzle-orm'
import {
  acceptInvitation,
  findInvitations,
  type Invitation,
  inviteMember,
  listInvitations,
  revokeInvitation,
} from '../../src/accounts/index.ts'
import type { Caller, Role } from '../../src/caller.ts'
import type { Database } from '../../src/database/index.ts'
import { allEvents, expect, memberOf, newAccount, peek, read, test } from '../support/index.ts'
import { freshInstance, from, newEmail, PASSWORD } from './people.ts'

const linkOf = (token: string) => `https://chatelaine.example/invitation#${token}`
const WEEK_MS = 7 * 86_400_000

async function invite(db: Database, owner: Caller, email: string, role: Role = 'AUDITOR') {
  const invited = await inviteMember(db, owner, { email, role }, linkOf)
  if (!invited.ok) throw new Error(`The invitation was refused: ${JSON.stringify(invited.errors)}`)
  return { ...invited.value, token: invited.value.link.split('#')[1] ?? '' }
}

function open(db: Database, caller: Caller): Promise<Invitation[]> {
  return read(db, caller, (tx) => listInvitations(tx, caller))
}

test('an invitation is a link shown once, of which a hash alone is stored, and holds for seven days', async ({
  db,
  owner,
}) => {
  const email = newEmail()
  const { invitation, link, token } = await invite(db, owner, ` ${email.toUpperCase()}`, 'DEVELOPER')
  expect(link).toMatch(/^https:\/\/chatelaine\.example\/invitation#chi_[A-Za-z0-9_-]{43}$/)
  expect(invitation).toMatchObject({ email, role: 'DEVELOPER', invitedBy: { type: 'USER', id: owner.actor.id } })
  expect(invitation.expiresAt.getTime() - invitation.createdAt.getTime()).toBe(WEEK_MS)
  expect(await open(db, owner)).toEqual([invitation])

  const [row] = await peek(
    db,
    sql`select encode(token_hash, 'hex') as hash, row_to_json(invitations)::text as whole from invitations where id = ${invitation.id}::uuid`,
  )
  expect(row?.hash).toBe(createHash('sha256').update(token).digest('hex'))
  expect(row?.whole).not.toContain(token)
  const events = await allEvents(db, owner)
  expect(events).toMatchObject([
    {
      type: 'MEMBER_INVITED',
      resourceType: 'Invitation',
      resourceId: invitation.id,
      resourceName: email,
      changes: [
        { field: 'role', before: null, after: 'DEVELOPER' },
        { field: 'expiresAt', before: null, after: invitation.expiresAt.toISOString() },
      ],
    },
  ])
  expect(JSON.stringify(events)).not.toContain(token)
})

test('a second invitation of the same e-mail replaces the first', async ({ db, owner, instance }) => {
  await using fresh = freshInstance(db, instance.slowHash)
  const email = newEmail()
  const first = await invite(db, owner, email, 'AUDITOR')
  const second = await invite(db, owner, email, 'ADMIN')
  expect(await open(db, owner)).toEqual([second.invitation])
  const accept = (token: string) =>
    acceptInvitation(db, null, from('203.0.113.9'), { token, password: PASSWORD }, fresh)
  expect(await accept(first.token)).toMatchObject({ ok: false, errors: [{ path: ['token'], code: 'NOT_FOUND' }] })
  expect(await accept(second.token)).toMatchObject({ ok: true, value: { caller: { role: 'ADMIN' } } })
})

test('invitations of one e-mail at the same instant all succeed, and one is open', async ({ db, owner }) => {
  const email = newEmail()
  const invited = await Promise.all([1, 2, 3, 4].map(() => invite(db, owner, email)))
  expect(await open(db, owner)).toHaveLength(1)
  expect(invited.map(({ invitation }) => invitation)).toContainEqual((await open(db, owner))[0])
  expect(await allEvents(db, owner)).toHaveLength(4)
})

test('who is a member already is ALREADY_MEMBER, a bad e-mail INVALID_FORMAT, and nothing is written', async ({
  db,
  owner,
}) => {
  const input = { email: owner.actor.name, role: 'AUDITOR' as const }
  expect(await inviteMember(db, owner, input, linkOf)).toMatchObject({
    ok: false,
    errors: [{ path: ['email'], code: 'ALREADY_MEMBER' }],
  })
  expect(await inviteMember(db, owner, { ...input, email: 'no address' }, linkOf)).toMatchObject({
    ok: false,
    errors: [{ path: ['email'], code: 'INVALID_FORMAT' }],
  })
  expect(await open(db, owner)).toEqual([])
  expect(await allEvents(db, owner)).toEqual([])
})

test('an ADMIN invites anybody but an OWNER; DEVELOPER and AUDITOR nobody', async ({ db, owner }) => {
  const admin = await memberOf(db, owner, 'ADMIN')
  const email = newEmail()
  await expect(inviteMember(db, admin, { email, role: 'OWNER' }, linkOf)).rejects.toMatchObject({ code: 'FORBIDDEN' })
  for (const role of ['DEVELOPER', 'AUDITOR'] as const) {
    const actor = await memberOf(db, owner, role)
    await expect(inviteMember(db, actor, { email, role: 'AUDITOR' }, linkOf)).rejects.toMatchObject({
      code: 'FORBIDDEN',
    })
    await expect(open(db, actor)).rejects.toMatchObject({ code: 'FORBIDDEN' })
  }
  expect(await allEvents(db, owner)).toEqual([])
  const { invitation } = await invite(db, admin, email, 'ADMIN')
  expect(await open(db, owner)).toEqual([invitation])
})

test('revokeInvitation closes it, once, and for its own account alone', async ({ db, owner, instance }) => {
  await using fresh = freshInstance(db, instance.slowHash)
  const stranger = await newAccount(db, 'Elsewhere')
  const { invitation, token } = await invite(db, owner, newEmail())
  const notFound = { ok: false, errors: [{ path: ['id'], code: 'NOT_FOUND' }] }
  expect(await revokeInvitation(db, stranger, { id: invitation.id })).toMatchObject(notFound)
  expect(await read(db, stranger, (tx) => findInvitations(tx, stranger, [invitation.id]))).toEqual([null])
  expect(await open(db, owner)).toEqual([invitation])

  expect(await revokeInvitation(db, owner, { id: invitation.id })).toEqual({ ok: true, value: invitation.id })
  expect(await revokeInvitation(db, owner, { id: invitation.id })).toMatchObject(notFound)
  expect(await open(db, owner)).toEqual([])
  const input = { token, password: PASSWORD }
  expect(await acceptInvitation(db, null, from('203.0.113.9'), input, fresh)).toMatchObject({
    ok: false,
    errors: [{ code: 'NOT_FOUND' }],
  })
  expect((await allEvents(db, owner)).map(({ type }) => type)).toEqual(['MEMBER_INVITED', 'INVITATION_REVOKED'])
})

test('an invitation that is over is NOT_FOUND everywhere', async ({ db, owner, instance }) => {
  await using fresh = freshInstance(db, instance.slowHash)
  const { invitation, token } = await invite(db, owner, newEmail())
  await retire(db, invitation.id)
  expect(await open(db, owner)).toEqual([])
  expect(await read(db, owner, (tx) => findInvitations(tx, owner, [invitation.id]))).toEqual([null])
  const notFound = { ok: false, errors: [{ code: 'NOT_FOUND' }] }
  expect(await revokeInvitation(db, owner, { id: invitation.id })).toMatchObject(notFound)
  const input = { token, password: PASSWORD }
  expect(await acceptInvitation(db, null, from('203.0.113.9'), input, fresh)).toMatchObject(notFound)
  expect(await allEvents(db, owner)).toHaveLength(1)
})

/** Makes it a week older. No role may change an invitation, so it is written anew. */
async function retire(db: Database, id: string): Promise<void> {
  const columns = 'account_id, id, email, role, token_hash, created_at, expires_at, invited_by_type, invited_by_id'
  const [row] = await peek<{ row: string }>(
    db,
    sql`select row_to_json(i)::text as row from invitations i where id = ${id}::uuid`,
  )
  await peek(db, sql`delete from invitations where id = ${id}::uuid`)
  await peek(
    db,
    sql`insert into invitations select ${sql.raw(columns)} from json_populate_record(null::invitations,
      (${row?.row}::jsonb || jsonb_build_object('expires_at', clock_timestamp()))::json)`,
  )
}
