export {
  followPublishedKeys,
  newAuditKey,
  openSigner,
  type PublishedAuditKeys,
  publishedKeys,
  readKeys,
} from './audit-keys.ts'
export { describeEvent } from './describe.ts'
export {
  type AuditEvent,
  type AuditEventType,
  type Change,
  eventNames,
  type Json,
  type NewEvent,
  type Sequence,
} from './event.ts'

export { eventsOfApp, timeOfEvent } from './events-of-app.ts'

export {
  type ExportPlan,
  type ExportRequest,
  exportHistory,
  planExport,
} from './export.ts'
export { CSV_HEAD } from './export-csv.ts'

export { createFeed, type Feed, type FollowRequest } from './feed.ts'
export { firstSequenceOf } from './first-sequence.ts'
export type { FeedItem, Stream } from './follow.ts'
export { type EventFilter, type EventPage, findEvents, headOf, listEvents } from './list-events.ts'
export { originPrefixOf } from './note.ts'
export { findCheckpoint, type Proof, proveConsistency, proveInclusion, readSeal } from './proofs.ts'

export { recordEvent } from './record-event.ts'
export { deleteBelowCuts, keepRetention, moveCut, moveCuts } from './retention.ts'
export { SealProblem } from './seal.ts'
export { createSealer, type Sealer } from './sealer.ts'
export type { StoredCheckpoint } from './stored-tree.ts'
export { type Verification, verifyHistory } from './verify-history.ts'
