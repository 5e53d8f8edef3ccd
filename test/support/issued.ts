import type { IssuedSecret } from '../../src/apps/index.ts'
import type { Result } from '../../src/result.ts'

/** An app with a new secret, in the clear. */
export type Issued = IssuedSecret & { clientSecret: string }

/** What createApp or rotateSecret answered. @throws Error where it refused, or answered no secret in the clear */
export function issued(result: Result<IssuedSecret>): Issued {
  if (!result.ok) throw new Error(`No secret was issued: ${result.errors[0]?.message}`)
  const { clientSecret } = result.value
  if (clientSecret === null) throw new Error('The secret did not come in the clear.')
  return { ...result.value, clientSecret }
}
