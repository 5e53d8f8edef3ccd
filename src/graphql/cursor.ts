import { createHmac, timingSafeEqual } from 'node:crypto'
import type { MemberPosition } from '../accounts/index.ts'
import type { AppOrder, AppPosition } from '../apps/index.ts'
import type { Sequence } from '../audit/index.ts'
import { Fault } from '../result.ts'

const VERSION = 1
const MAC_BYTES = 8
const HEAD_BYTES = 18 // version, kind, account
type Kind = 'history' | 'apps' | 'members'
const KINDS: Record<Kind, number> = { history: 1, apps: 2, members: 3 }

/** Cursors of one account, opaque and signed: nobody makes one up, and none works in another account. */
export type Cursors = {
  ofEvent(sequence: Sequence): string
  /** A history cursor is a place, whatever filter it came from: it goes into list and subscription alike. */
  toSequence(cursor: string): Sequence
  ofApp(order: AppOrder, position: AppPosition): string
  toAppPosition(order: AppOrder, cursor: string): AppPosition
  ofMember(position: MemberPosition): string
  toMemberPosition(cursor: string): MemberPosition
}

/**
 * base64url(version, kind, account, position, 8 bytes of HMAC-SHA-256). The `to…` throw Fault CURSOR_INVALID for what is
 * no cursor, another account's, another list's, or one of another order.
 */
export function cursorsOf(cursorMac: Uint8Array, accountId: string): Cursors {
  const account = Buffer.from(accountId.replaceAll('-', ''), 'hex')
  const encode = (kind: Kind, position: Buffer) => {
    const body = Buffer.concat([Buffer.from([VERSION, KINDS[kind]]), account, position])
    return Buffer.concat([body, macOf(cursorMac, body)]).toString('base64url')
  }
  const decode = (kind: Kind, cursor: string) => {
    const bytes = Buffer.from(cursor, 'base64url')
    const body = bytes.subarray(0, -MAC_BYTES)
    if (
      bytes.length < HEAD_BYTES + MAC_BYTES ||
      bytes.toString('base64url') !== cursor ||
      !timingSafeEqual(bytes.subarray(-MAC_BYTES), macOf(cursorMac, body)) ||
      body[0] !== VERSION ||
      body[1] !== KINDS[kind] ||
      !body.subarray(2, HEAD_BYTES).equals(account)
    )
      throw invalid()
    return body.subarray(HEAD_BYTES)
  }
  return {
    ofEvent(sequence) {
      const position = Buffer.alloc(8)
      position.writeBigUInt64BE(BigInt(sequence))
      return encode('history', position)
    },
    toSequence: (cursor) => Number(decode('history', cursor).readBigUInt64BE()),
    ofApp: (order, { key, id }) => encode('apps', Buffer.from(JSON.stringify([order.field, order.direction, id, key]))),
    toAppPosition(order, cursor) {
      const [field, direction, id, key] = JSON.parse(decode('apps', cursor).toString()) as [
        string,
        string,
        string,
        string,
      ]
      if (field !== order.field || direction !== order.direction) throw invalid()
      return { id, key }
    },
    ofMember: ({ joinedAt, id }) => encode('members', Buffer.from(JSON.stringify([joinedAt.toISOString(), id]))),
    toMemberPosition(cursor) {
      const [joinedAt, id] = JSON.parse(decode('members', cursor).toString()) as [string, string]
      return { joinedAt: new Date(joinedAt), id }
    },
  }
}

function macOf(cursorMac: Uint8Array, body: Uint8Array): Buffer {
  return createHmac('sha256', cursorMac).update(body).digest().subarray(0, MAC_BYTES)
}

function invalid(): Fault {
  return new Fault('CURSOR_INVALID', 'This is no cursor of this list: pass one that it gave, with the same order.')
}
