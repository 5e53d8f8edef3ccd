import { isHeld } from '../scopes/index.ts'
import {
  authenticateRequest,
  INTROSPECTION_SCOPE,
  type IntrospectionAnswer,
  type IntrospectionAsker,
  introspect,
  OAuthError,
} from '../tokens/index.ts'
import { BEARER_CHALLENGE } from './bearer.ts'
import { CredentialRefused, resolveCredential } from './caller.ts'
import { BASIC_CHALLENGE, type OAuthDoor, type OAuthRequest } from './oauth-endpoint.ts'

/** RFC 7662 §2.1: a client authenticates itself, anybody else shows a bearer. */
export const INTROSPECTION_CHALLENGES = [BASIC_CHALLENGE, BEARER_CHALLENGE]

/** `POST /oauth/introspect` (RFC 7662 §2). `token_type_hint` says nothing that the token does not. */
export async function handleIntrospection(door: OAuthDoor, request: OAuthRequest): Promise<IntrospectionAnswer> {
  const asker = await findAsker(door, request)
  const token = request.form.get('token')
  if (token === null) throw new OAuthError('invalid_request', 'The token is missing.')
  return introspect(door.db, door.issuer, door.instance.catalogue, asker, token)
}

async function findAsker(door: OAuthDoor, request: OAuthRequest): Promise<IntrospectionAsker> {
  const { authorization, parameter } = request.credentials
  if (authorization === null || !/^bearer(?: |$)/i.test(authorization)) {
    const client = await authenticateRequest(door, request.credentials)
    await door.uses.note(client, { issued: false, ip: request.origin.ip })
    const { accountId, clientId, scopes } = client
    return { accountId, clientId, mayIntrospect: isHeld(scopes, INTROSPECTION_SCOPE) }
  }
  if (['client_secret', 'client_assertion', 'client_assertion_type'].some((name) => parameter(name) !== null))
    throw new OAuthError('invalid_request', 'A bearer and a client in one request: authenticate in one way.')
  return findBearer(door, request, authorization)
}

/** An access token or a session, of whoever holds the permission: their own tokens are nothing special to it. */
async function findBearer(
  { db, issuer, sessions }: OAuthDoor,
  { origin }: OAuthRequest,
  authorization: string,
): Promise<IntrospectionAsker> {
  const shown = { authorization, cookie: null, sender: 'program', account: null } as const
  const { credential } = await resolveCredential(db, issuer, sessions, shown, origin).catch((error: unknown) => {
    throw error instanceof CredentialRefused ? new OAuthError('invalid_token', error.message) : error
  })
  const { caller } = credential
  if (!caller?.permissions.has('tokens/introspect'))
    throw new OAuthError('insufficient_scope', 'The bearer does not let you introspect.', {
      scope: INTROSPECTION_SCOPE,
    })
  return { accountId: caller.accountId, clientId: null, mayIntrospect: true }
}
