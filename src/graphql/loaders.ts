import DataLoader from 'dataloader'
import { findUsers, type User } from '../accounts/index.ts'
import { type App, type AppKey, findAppsEver, listAppKeys, listSecrets, type Secret } from '../apps/index.ts'
import type { Caller } from '../caller.ts'
import type { Reads } from './reads.ts'

/** One query for all that the fields of one level ask for. Made anew for each operation, and for each event of a feed. */
export type Loaders = {
  app: DataLoader<string, App | null>
  /** For who may read the history: deleted ones too. */
  eventApp: DataLoader<string, App | null>
  /** The calling app itself, whatever it may read. */
  self: DataLoader<string, App | null>
  secrets: DataLoader<string, Secret[]>
  keys: DataLoader<string, AppKey[]>
  user: DataLoader<string, User | null>
}

export function createLoaders(reads: Reads, caller: Caller): Loaders {
  return {
    app: new DataLoader((ids) => reads.read((tx) => findAppsEver(tx, caller, ids, 'apps/read'))),
    eventApp: new DataLoader((ids) => reads.read((tx) => findAppsEver(tx, caller, ids, 'audit/read'))),
    self: new DataLoader((ids) => reads.read((tx) => findAppsEver(tx, caller, ids, null))),
    secrets: new DataLoader((ids) => reads.read((tx) => listSecrets(tx, caller, ids))),
    keys: new DataLoader((ids) => reads.read((tx) => listAppKeys(tx, caller, ids))),
    user: new DataLoader((ids) => reads.read((tx) => findUsers(tx, caller, ids, null))),
  }
}
