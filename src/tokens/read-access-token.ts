import { decodeProtectedHeader, jwtVerify } from 'jose'
import { z } from 'zod'
import type { Issuer } from './access-token.ts'
import { TOKEN_TYPE, type Verifier } from './signing-keys.ts'

const claims = z
  .object({
    sub: z.string(),
    client_id: z.string(),
    aud: z.string(),
    iat: z.number(),
    exp: z.number(),
    jti: z.uuid(),
    account_id: z.uuid(),
    secret_id: z.uuid().optional(),
    key_id: z.uuid().optional(),
    generation: z.number().default(0),
    scope: z.string().optional(),
  })
  .refine(({ sub, client_id }) => sub === client_id)
/** What an access token of ours says. */
export type AccessTokenClaims = z.infer<typeof claims>

const MAX_TOKEN_LENGTH = 65_536

/**
 * What a token says that is ours by signature, issuer and type (RFC 9068 §4); null for anything else, that of a revoked
 * key included. It may be over, or have been ended: whether it holds is isActive's to say.
 * @throws Fault UNAVAILABLE where it cannot be known which keys are ours
 */
export async function readAccessToken(
  issuer: Issuer,
  token: string,
): Promise<{ claims: AccessTokenClaims; keyId: string } | { claims: null; keyId: null; keyIsUnknown: boolean }> {
  const keyId = keyIdOf(token)
  if (keyId === null) return { claims: null, keyId, keyIsUnknown: false }
  const verifier = await issuer.keys.find(keyId)
  if (!verifier) return { claims: null, keyId: null, keyIsUnknown: true }
  const { data } = claims.safeParse(await verifySignature(issuer, verifier, token))
  return data ? { claims: data, keyId } : { claims: null, keyId: null, keyIsUnknown: false }
}

function keyIdOf(token: string): string | null {
  if (token.length > MAX_TOKEN_LENGTH) return null
  try {
    return decodeProtectedHeader(token).kid ?? null
  } catch {
    return null
  }
}

async function verifySignature({ url }: Issuer, { algorithm, key }: Verifier, token: string): Promise<unknown> {
  try {
    const { payload } = await jwtVerify(token, key, {
      algorithms: [algorithm],
      typ: TOKEN_TYPE,
      issuer: url,
      currentDate: new Date(0), // the end is held against the database's clock, by isActive
    })
    return payload
  } catch {
    return null
  }
}
