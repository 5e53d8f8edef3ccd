import { decodeProtectedHeader, jwtVerify } from 'jose'
import { z } from 'zod'
import type { Issuer } from './access-token.ts'
import { ALGORITHM, TOKEN_TYPE } from './signing-keys.ts'

const claims = z
  .object({
    sub: z.string(),
    client_id: z.string(),
    aud: z.string(),
    iat: z.number(),
    exp: z.number(),
    jti: z.uuid(),
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
 * What a token says that is ours by signature, issuer and type (RFC 9068 §4); null for anything else. It may be over, or
 * have been ended: whether it holds is isActive's to say.
 */
export async function readAccessToken(issuer: Issuer, token: string): Promise<AccessTokenClaims | null> {
  const { data } = claims.safeParse(await verifySignature(issuer, token))
  return data ?? null
}

async function verifySignature({ url, keys }: Issuer, token: string): Promise<unknown> {
  if (token.length > MAX_TOKEN_LENGTH) return null
  try {
    const key = keys.verifying.get(decodeProtectedHeader(token).kid ?? '')
    if (!key) return null
    const { payload } = await jwtVerify(token, key, {
      algorithms: [ALGORITHM],
      typ: TOKEN_TYPE,
      issuer: url,
      currentDate: new Date(0), // the end is held against the database's clock, by isActive
    })
    return payload
  } catch {
    return null
  }
}
