import { type KeyObject, randomUUID } from 'node:crypto'
import { type CryptoKey, type JWTHeaderParameters, SignJWT } from 'jose'
import { type KeyPair, newKeyPair } from '../apps/jwks.ts'
import type { TestGateway } from '../support/index.ts'
import { newApp, type OAuthAnswer, type OAuthApp, post } from './oauth.ts'

/** An app that signs in with a key of its own. */
export type KeyedApp = OAuthApp & KeyPair & { keyId: string; issuer: string }

const ALGORITHMS: Record<string, string> = { 'P-256': 'ES256', 'P-384': 'ES384', Ed25519: 'EdDSA', 'RSA-2048': 'RS256' }
export const JWT_BEARER = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

/** Adds a new key to an app. @param members of the JWK, besides the key's own */
export async function withKey(
  gateway: TestGateway,
  session: string,
  app: OAuthApp,
  kind = 'P-256',
  members: Record<string, string> = {},
): Promise<KeyedApp> {
  const pair = newKeyPair(kind)
  const add = `mutation ($input: AddAppKeyInput!) { addAppKey(input: $input) { key { id } errors { path code } } }`
  type Added = { addAppKey: { key: { id: string } | null } }
  const input = { appId: app.id, jwk: { ...pair.jwk, ...members } }
  const { body } = await gateway.graphql<Added>(add, { input }, session)
  const keyId = body.data?.addAppKey.key?.id
  if (!keyId) throw new Error(`The key was not added: ${JSON.stringify(body)}`)
  return { ...app, ...pair, keyId, issuer: gateway.publicUrl }
}

export async function newKeyedApp(
  gateway: TestGateway,
  session: string,
  kind = 'P-256',
  scopes: string[] = [],
): Promise<KeyedApp> {
  return withKey(gateway, session, await newApp(gateway, session, scopes), kind)
}

/** Seconds since 1970, so many from now. */
export const inSeconds = (seconds: number) => Math.floor(Date.now() / 1000) + seconds

/** The claims of an assertion that holds: each test changes one thing. */
export function assertionClaims({ clientId, issuer }: KeyedApp): Record<string, unknown> {
  const [iat, exp] = [inSeconds(0), inSeconds(60)]
  return { iss: clientId, sub: clientId, aud: issuer, jti: randomUUID(), iat, exp }
}

export function sign(
  app: KeyedApp,
  claims: Record<string, unknown> = {},
  header: Record<string, unknown> = {},
  key: KeyObject | CryptoKey | Uint8Array = app.privateKey,
): Promise<string> {
  const alg = ALGORITHMS[app.jwk.crv ?? 'RSA-2048'] ?? ''
  const protectedHeader = { alg, ...header } as JWTHeaderParameters
  return new SignJWT({ ...assertionClaims(app), ...claims }).setProtectedHeader(protectedHeader).sign(key)
}

/** Asks for a token by an assertion. @param parameters besides */
export function grantBy(
  url: string,
  assertion: string,
  parameters: Record<string, string> = {},
  headers: Record<string, string> = {},
): Promise<OAuthAnswer> {
  const form = { grant_type: 'client_credentials', client_assertion_type: JWT_BEARER, client_assertion: assertion }
  return post(url, '/oauth/token', { ...form, ...parameters }, headers)
}
