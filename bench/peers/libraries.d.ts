/*
 * What the benches use of libraries that are no part of the project's own install. Declared here so that the types are
 * checked without them.
 */

declare module 'oidc-provider' {
  import type { RequestListener } from 'node:http'
  export default class Provider {
    constructor(issuer: string, configuration: Record<string, unknown>)
    callback(): RequestListener
  }
}

declare module 'pg' {
  export class Pool {
    constructor(options: { connectionString: string; max: number })
  }
}

declare module 'better-auth' {
  export type Auth = { handler(request: Request): Promise<Response> }
  export function betterAuth(options: Record<string, unknown>): Auth
}

declare module 'better-auth/db/migration' {
  export function getMigrations(options: Record<string, unknown>): Promise<{ runMigrations(): Promise<void> }>
}

declare module 'better-auth/node' {
  import type { RequestListener } from 'node:http'
  import type { Auth } from 'better-auth'
  export function toNodeHandler(auth: Auth): RequestListener
}

declare module 'better-auth/plugins' {
  export function jwt(options: Record<string, unknown>): object
}

declare module '@better-auth/oauth-provider' {
  export function oauthProvider(options: Record<string, unknown>): object
}
