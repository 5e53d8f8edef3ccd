import { createHash, randomBytes, randomUUIDv7 } from 'node:crypto'
import { and, asc, eq, gt, isNull, lte, ne, or, sql } from 'drizzle-orm'
import { recordEvent } from '../audit/index.ts'
import { type ActorType, type Caller, type Role, requirePermission } from '../caller.ts'
import { type Database, databaseNow, inAccount, invitations, members, users } from '../database/index.ts'
import { type Result, refuse } from '../result.ts'
import { lockMembers, requireOwnerFor } from './member.ts'
import { checkEmail, normalEmail } from './person.ts'

/** A one-time link into an account, without the link. */
export type Invitation = {
  id: string
  email: string
  role: Role
  createdAt: Date
  expiresAt: Date
  invitedBy: { type: ActorType; id: string | null }
}

const LIFETIME_MS = 7 * 86_400_000
const MAX_OPEN = 100

/**
 * Invites a person, new or existing, by a one-time link that the caller delivers: no mail is sent. It holds for seven
 * days; a second invitation of the same e-mail replaces the first. Event: MEMBER_INVITED.
 *
 * @param linkOf makes the link of the token
 * @returns the link, this once: only the SHA-256 of its token is stored. Errors: INVALID_FORMAT, TOO_LONG,
 *   ALREADY_MEMBER, CONFLICT (100 are open)
 * @throws Fault FORBIDDEN without the permission, or for OWNER by who is none
 */
export async function inviteMember(
  db: Database,
  caller: Caller,
  input: { email: string; role: Role },
  linkOf: (token: string) => string,
): Promise<Result<{ invitation: Invitation; link: string }>> {
  requirePermission(caller, 'members/create')
  requireOwnerFor(caller, input.role)
  const email = normalEmail(input.email)
  const errors = checkEmail(email)
  if (errors.length > 0) return { ok: false, errors }
  const token = `chi_${randomBytes(32).toString('base64url')}`
  return inAccount(db, caller.accountId, async (tx) => {
    await lockMembers(tx, caller.accountId) // two invitations of one e-mail at once would each find none to replace
    const inAccountOfCaller = eq(invitations.accountId, caller.accountId)
    const [member] = await tx
      .select({ id: members.id })
      .from(members)
      .innerJoin(users, eq(users.id, members.userId))
      .where(and(eq(members.accountId, caller.accountId), eq(users.email, email), isNull(members.removedAt)))
    if (member) return refuse('ALREADY_MEMBER', ['email'], 'This person is a member already.')
    const now = await databaseNow(tx)
    const others = and(inAccountOfCaller, ne(invitations.email, email), gt(invitations.expiresAt, now))
    if ((await tx.$count(invitations, others)) >= MAX_OPEN)
      return refuse('CONFLICT', ['email'], `${MAX_OPEN} invitations are open: revoke one first.`)
    await tx
      .delete(invitations)
      .where(and(inAccountOfCaller, or(eq(invitations.email, email), lte(invitations.expiresAt, now))))
    const [row] = await tx
      .insert(invitations)
      .values({
        accountId: caller.accountId,
        id: randomUUIDv7(),
        email,
        role: input.role,
        tokenHash: hashOfInvitation(token),
        createdAt: now,
        expiresAt: new Date(now.getTime() + LIFETIME_MS),
        invitedByType: caller.actor.type,
        invitedById: caller.actor.id,
      })
      .returning()
    if (!row) throw new Error('The invitation was not written.')
    await recordEvent(tx, caller, now, {
      type: 'MEMBER_INVITED',
      resource: { type: 'Invitation', id: row.id, name: email },
      changes: [
        { field: 'role', before: null, after: input.role },
        { field: 'expiresAt', before: null, after: row.expiresAt.toISOString() },
      ],
    })
    return { ok: true, value: { invitation: invitationOf(row), link: linkOf(token) } }
  })
}

/** Takes an invitation back. Event: INVITATION_REVOKED. @returns its id. Errors: NOT_FOUND, also for one that is over */
export async function revokeInvitation(db: Database, caller: Caller, input: { id: string }): Promise<Result<string>> {
  requirePermission(caller, 'members/create')
  return inAccount(db, caller.accountId, async (tx) => {
    const now = await databaseNow(tx)
    const [revoked] = await tx
      .delete(invitations)
      .where(
        and(eq(invitations.accountId, caller.accountId), eq(invitations.id, input.id), gt(invitations.expiresAt, now)),
      )
      .returning()
    if (!revoked) return refuse('NOT_FOUND', ['id'], 'There is no such open invitation in this account.')
    await recordEvent(tx, caller, now, {
      type: 'INVITATION_REVOKED',
      resource: { type: 'Invitation', id: revoked.id, name: revoked.email },
    })
    return { ok: true, value: revoked.id }
  })
}

/** The open invitations, oldest first: at most 100. Inside readAccount. @throws Fault FORBIDDEN without members/create */
export async function listInvitations(tx: Database, caller: Caller): Promise<Invitation[]> {
  requirePermission(caller, 'members/create')
  const found = await tx
    .select()
    .from(invitations)
    .where(and(eq(invitations.accountId, caller.accountId), sql`${invitations.expiresAt} > clock_timestamp()`))
    .orderBy(asc(invitations.createdAt), asc(invitations.id))
    .limit(MAX_OPEN)
  return found.map(invitationOf)
}

/** Open invitations by id. Inside readAccount. */
export async function findInvitations(
  tx: Database,
  caller: Caller,
  ids: readonly string[],
): Promise<(Invitation | null)[]> {
  const byId = new Map((await listInvitations(tx, caller)).map((invitation) => [invitation.id, invitation]))
  return ids.map((id) => byId.get(id) ?? null)
}

export function hashOfInvitation(token: string): Uint8Array {
  return new Uint8Array(createHash('sha256').update(token).digest())
}

function invitationOf(row: typeof invitations.$inferSelect): Invitation {
  const { id, email, role, createdAt, expiresAt, invitedByType, invitedById } = row
  return { id, email, role, createdAt, expiresAt, invitedBy: { type: invitedByType, id: invitedById } }
}
