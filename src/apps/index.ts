export { type AddedKey, addAppKey } from './add-app-key.ts'
export type { App, AppStatus, Maker } from './app.ts'
export { type AppSnapshot, findAppAt } from './app-at.ts'
export { type AppKey, findAppKeys, listAppKeys } from './app-key.ts'
export {
  authenticateClient,
  type Client,
  type ClientCredential,
  type ClientInstance,
  clientCaller,
  clientOf,
  isClientId,
} from './authenticate-client.ts'
export { type AppInstance, type CreateApp, createApp } from './create-app.ts'
export { deleteApp } from './delete-app.ts'
export { recordExpiredSecrets } from './expire-secrets.ts'
export { type AccessExplanation, explainAccess } from './explain-access.ts'
export { findAppByClientId, findApps, findAppsEver, findSecrets, listSecrets } from './find-apps.ts'
export { type ClientKey, type ClientState, findClient } from './find-client.ts'
export type { IssuedSecret } from './issue-secret.ts'
export {
  type AppFilter,
  type AppOrder,
  type AppPosition,
  countApps,
  DEFAULT_APP_ORDER,
  listApps,
  positionOf,
} from './list-apps.ts'
export { assertionAlgorithms } from './public-jwk.ts'
export type { Recovery } from './recover-secret.ts'
export { removeAppKey } from './remove-app-key.ts'
export { revokeSecret } from './revoke-secret.ts'
export { revokeTokens } from './revoke-tokens.ts'
export { type GraceStart, type RotateSecret, rotateSecret } from './rotate-secret.ts'
export type { Secret } from './secret.ts'
export { setSecretEnabled } from './set-secret-enabled.ts'
export { startGrace } from './start-grace.ts'
export { sweepIdempotencyKeys } from './sweep-idempotency-keys.ts'
export { undoRotation } from './undo-rotation.ts'
export { type UpdateApp, updateApp } from './update-app.ts'
export { createUseLog, type UseLog } from './use-log.ts'
