import type { UserError } from '../result.ts'
import type { Catalogue } from './catalogue.ts'

export const MAX_SCOPES = 100
/** A mistake is told for this many of them at most: enough to mend by, little enough to read. */
const MAX_ERRORS = 100

/**
 * Whether an app may hold these: each in the catalogue or a wildcard that covers some of one product, none twice, at most
 * 100. One that a wildcard beside it covers already is allowed: it stays when the wildcard goes.
 * @param held names that the app has already: they may stay although the catalogue has lost them
 * @returns one mistake for each that may not, with its place in the list
 */
export function checkScopes(
  catalogue: Catalogue,
  scopes: readonly string[],
  held: readonly string[] = [],
): UserError[] {
  const errors: UserError[] = []
  if (scopes.length > MAX_SCOPES)
    errors.push({
      path: ['scopes'],
      code: 'TOO_MANY_SCOPES',
      message: `An app has at most ${MAX_SCOPES} scopes: these are ${scopes.length}.`,
    })
  const seen = new Set<string>()
  for (const [index, name] of scopes.entries()) {
    const path = ['scopes', String(index)]
    // Of an unknown name the first place is told as that, and the others as repetitions: so one round mends them all.
    if (seen.has(name)) errors.push({ path, code: 'DUPLICATE', message: `The scope ${shown(name)} is named twice.` })
    else if (!catalogue.scope(name) && !held.includes(name))
      errors.push({ path, code: 'UNKNOWN_SCOPE', message: `There is no scope ${shown(name)} in the catalogue.` })
    seen.add(name)
  }
  return errors.slice(0, MAX_ERRORS)
}

function shown(name: string): string {
  return name.length > 100 ? `${name.slice(0, 100)}…` : name
}
