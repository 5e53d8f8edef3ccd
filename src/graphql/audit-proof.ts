import {
  findCheckpoint,
  type Proof,
  proveConsistency,
  proveInclusion,
  readSeal,
  type StoredCheckpoint,
  type Verification,
  verifyHistory,
} from '../audit/index.ts'
import { builder } from './builder.ts'
import { requireCaller } from './context.ts'
import { cursorsOf } from './cursor.ts'

const DEFAULT_VERIFIED = 1000
/** Hashing so many costs about what a field does that reads the database. */
const EVENTS_A_POINT = 10
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

const AuditCheckpointRef = builder.objectRef<StoredCheckpoint>('AuditCheckpoint').implement({
  description:
    'A signed statement of the whole history up to `size` events: a signed note in the form of C2SP tlog-checkpoint (origin, size, root hash, Ed25519 signature).\nWhoever keeps one can show any later change before it, a cut tail included.',
  fields: (t) => ({
    size: t.expose('size', { type: 'SafeInt' }),
    rootHash: t.string({
      description: 'Hexadecimal; the note has it in base64.',
      resolve: ({ rootHash }) => hex(rootHash),
    }),
    signedAt: t.expose('signedAt', { type: 'DateTime', description: "The note's time line." }),
    note: t.exposeString('note'),
  }),
})

const AuditSealRef = builder.objectRef<Awaited<ReturnType<typeof readSeal>>>('AuditSeal').implement({
  description:
    'How far behind the tree is. `problem`: the sealer refused to sign, because the history does not extend what was signed before.',
  fields: (t) => ({
    sealedSize: t.expose('sealedSize', { type: 'SafeInt' }),
    headSize: t.expose('headSize', { type: 'SafeInt' }),
    problem: t.exposeString('problem', { nullable: true }),
  }),
})

const AuditProofRef = builder.objectRef<Proof>('AuditProof').implement({
  description:
    'Hashes from a leaf up to the root (inclusion), or from one root to a later one (consistency), as in RFC 9162, hexadecimal.',
  fields: (t) => ({
    size: t.expose('size', { type: 'SafeInt' }),
    rootHash: t.string({ resolve: ({ rootHash }) => hex(rootHash) }),
    hashes: t.stringList({ resolve: ({ hashes }) => hashes.map(hex) }),
  }),
})

const AuditVerificationRef = builder.objectRef<Verification>('AuditVerification').implement({
  description:
    'A walk along the history, hashed anew: `through` is where it got to (pass it as `after` to go on), `brokenAt` the first event that does not fit.',
  fields: (t) => ({
    intact: t.boolean({ resolve: ({ brokenAt }) => brokenAt === null }),
    checked: t.exposeInt('checked'),
    through: t.string({
      nullable: true,
      resolve: ({ through }, _args, context) =>
        through === null
          ? null
          : cursorsOf(context.instance.cursorMac, requireCaller(context).caller.accountId).ofEvent(through),
    }),
    brokenAt: t.expose('brokenAt', { type: 'SafeInt', nullable: true }),
    reason: t.exposeString('reason', {
      nullable: true,
      description: "Begins with the finding's name in audit-log.md: `edited`, `removed` …",
    }),
    complete: t.exposeBoolean('complete'),
  }),
})

builder.queryFields((t) => ({
  auditCheckpoint: t.field({
    type: AuditCheckpointRef,
    nullable: true,
    description: 'The newest signed checkpoint, or the one of that size.',
    args: { size: t.arg({ type: 'SafeInt' }) },
    resolve: (_root, { size }, context) => {
      const { caller } = requireCaller(context)
      return context.reads.read((tx) => findCheckpoint(tx, caller, size ?? null))
    },
  }),
  auditSeal: t.field({
    type: AuditSealRef,
    nullable: true,
    resolve: (_root, _args, context) => {
      const { caller } = requireCaller(context)
      return context.reads.read((tx) => readSeal(tx, caller))
    },
  }),
  auditInclusionProof: t.field({
    type: AuditProofRef,
    nullable: true,
    description: 'Sizes beyond the sealed one: BAD_USER_INPUT.',
    args: { sequence: t.arg({ type: 'SafeInt', required: true }), size: t.arg({ type: 'SafeInt', required: true }) },
    resolve: (_root, { sequence, size }, context) => {
      const { caller } = requireCaller(context)
      return context.reads.read((tx) => proveInclusion(tx, caller, sequence, size))
    },
  }),
  auditConsistencyProof: t.field({
    type: AuditProofRef,
    nullable: true,
    args: { fromSize: t.arg({ type: 'SafeInt', required: true }), toSize: t.arg({ type: 'SafeInt', required: true }) },
    resolve: (_root, { fromSize, toSize }, context) => {
      const { caller } = requireCaller(context)
      return context.reads.read((tx) => proveConsistency(tx, caller, fromSize, toSize))
    },
  }),
  verifyAudit: t.field({
    type: AuditVerificationRef,
    nullable: true,
    description:
      'Hashes up to `first` events from `after` on once more (1,000 unless said otherwise, at most 10,000 a call, so that a long history shows progress).',
    args: { after: t.arg.string(), first: t.arg.int() },
    complexity: ({ first }) => Math.ceil(Math.max(0, first ?? DEFAULT_VERIFIED) / EVENTS_A_POINT),
    resolve: (_root, { after, first }, context) => {
      const { caller } = requireCaller(context)
      const position = after == null ? 0 : cursorsOf(context.instance.cursorMac, caller.accountId).toSequence(after)
      return context.reads.read((tx) => verifyHistory(tx, caller, position, first ?? DEFAULT_VERIFIED))
    },
  }),
}))
