/*
 * A scope that ends in `/*` covers every scope that begins with what stands before the `*`. A sub-resource stands after a
 * dot, so `/twilio/messaging/services/*` does not cover `/twilio/messaging/services.phone-numbers/list`.
 */

export function isWildcard(scope: string): boolean {
  return scope.endsWith('/*')
}

/** Whether who holds the one holds the other: itself, or one below it, which may be a wildcard too. */
export function covers(held: string, scope: string): boolean {
  return held === scope || (isWildcard(held) && scope.startsWith(held.slice(0, -1)))
}

/** Whether one of these covers it. */
export function isHeld(held: readonly string[], scope: string): boolean {
  return held.includes(scope) || held.some((each) => isWildcard(each) && covers(each, scope))
}

/**
 * What two lists have in common, in the order of the first: of a wildcard in it those of the second that it covers, where
 * the second has not all of it.
 */
export function inBoth(scopes: readonly string[], others: readonly string[]): string[] {
  const common = scopes.flatMap((scope) => {
    if (isHeld(others, scope)) return [scope]
    return isWildcard(scope) ? others.filter((other) => covers(scope, other)) : []
  })
  return [...new Set(common)]
}
