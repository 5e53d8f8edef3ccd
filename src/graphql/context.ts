import { requirePerson, type SignInInstance } from '../accounts/index.ts'
import type { AppInstance, ClientInstance } from '../apps/index.ts'
import type { Feed } from '../audit/index.ts'
import type { Caller, Origin } from '../caller.ts'
import type { Database } from '../database/index.ts'
import { Fault } from '../result.ts'
import type { EndpointMatcher } from '../scopes/index.ts'
import { createLoaders, type Loaders } from './loaders.ts'
import { noReads, operationReads, type Reads, singleReads } from './reads.ts'

/** What the schema needs of the running instance. */
export type Instance = AppInstance &
  ClientInstance &
  SignInInstance & {
    cursorMac: Uint8Array
    feed: Feed
    /** What of the catalogue a request would reach. */
    endpoints: EndpointMatcher
    /** Without a slash at its end. */
    publicUrl: string
    /** ACCOUNT_CREATION: whether people may create accounts. */
    mayCreateAccounts: boolean
  }

/** How a session is kept by the browser that signed in. */
export type CookieJar = {
  /** Whether the request came from our own page: it gets its session as a cookie, and no token to read. */
  wanted: boolean
  keep(token: string): void
  clear(): void
}

/** What the schema needs of a request, whichever transport brought it. */
export type RequestContext = {
  caller: Caller | null
  /** The session that the caller came with; null for an access token, and for nobody. */
  sessionId: string | null
  origin: Origin
  cookie: CookieJar
  /** `Last-Event-ID` of an event stream that came back: wins over the subscription's `after`. */
  resumeAfter: string | null
}

export type Context = RequestContext & {
  db: Database
  instance: Instance
  reads: Reads
  loaders: Loaders | null
  /** Of the feed's newest message, which the event stream's `id:` tells whatever was selected. */
  feedCursor: string | null
}

export function createContext(db: Database, instance: Instance, request: RequestContext): Context {
  const context: Context = { ...request, db, instance, reads: noReads, loaders: null, feedCursor: null }
  return Object.assign(context, readingAs(db, request.caller, operationReads))
}

/** For a subscription, which must not hold a transaction open while it waits. */
export function readSingly(context: Context): void {
  Object.assign(context, readingAs(context.db, context.caller, singleReads))
}

/**
 * From here on the operation is this caller's: after a sign-in its answer tells who that is, after a sign-out it is
 * nobody's.
 */
export async function goOnAs(context: Context, caller: Caller | null, sessionId: string | null): Promise<void> {
  await context.reads.close()
  Object.assign(context, { caller, sessionId, ...readingAs(context.db, caller, operationReads) })
}

function readingAs(db: Database, caller: Caller | null, readsOf: (db: Database, accountId: string) => Reads) {
  if (!caller) return { reads: noReads, loaders: null }
  const reads = readsOf(db, caller.accountId)
  return { reads, loaders: createLoaders(reads, caller) }
}

/** @throws Fault UNAUTHENTICATED for nobody */
export function requireCaller(context: Context): { caller: Caller; loaders: Loaders } {
  const { caller, loaders } = context
  if (!caller || !loaders) throw new Fault('UNAUTHENTICATED', 'Sign in first, or send an access token as a bearer.')
  return { caller, loaders }
}

/**
 * The caller's session, for what is people's alone.
 * @throws Fault UNAUTHENTICATED for nobody; FORBIDDEN for an app
 */
export function requireSession(context: Context): { caller: Caller; sessionId: string } {
  const { caller } = requireCaller(context)
  requirePerson(caller)
  if (context.sessionId === null) throw new Error('A person without a session.')
  return { caller, sessionId: context.sessionId }
}

/** Runs a mutation of the caller's account, then tells the feed that its history may have grown. */
export async function mutate<T>(context: Context, work: (caller: Caller) => Promise<T>): Promise<T> {
  const { caller } = requireCaller(context)
  const result = await context.reads.pause(() => work(caller))
  context.loaders = createLoaders(context.reads, caller)
  context.instance.feed.wake(caller.accountId)
  return result
}
