export { type Connection, connectEmbedded, connectPostgres, type Database, type Engine } from './connect.ts'
export {
  enterAccount,
  inAccount,
  inRetention,
  inSealer,
  inSweeper,
  inSystem,
  readAccount,
  readExport,
} from './in-account.ts'
export { migrate } from './migrate.ts'
export { databaseNow } from './now.ts'
export { prepareOnce } from './prepare-once.ts'
export { rows } from './rows.ts'
export {
  accounts,
  appKeys,
  apps,
  auditCheckpoints,
  auditEvents,
  auditHeads,
  auditKeys,
  auditNodes,
  auditSeals,
  auditUnsealed,
  idempotencyKeys,
  instanceMarkers,
  invitations,
  keys,
  members,
  revokedTokens,
  secrets,
  sessions,
  usedAssertions,
  users,
} from './schema/index.ts'
export { PoliciesNotInForce, proveRowSecurity } from './self-test.ts'
export { noSignals, postgresSignals, type Signals } from './signals.ts'
export { DatabaseUnavailable, isUnavailable, takesNoWrites } from './unavailable.ts'
