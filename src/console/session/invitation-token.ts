/** Between the reading of the address and the page, which React may build twice. */
let token: string | null = null

/**
 * The token of an invitation's link. It stands behind the `#`, which no browser sends anywhere; once read it is taken out
 * of the address bar and the history, and kept in this module's memory alone, until the invitation is used or the page left.
 */
export function readInvitationToken(): string | null {
  const found = location.hash.slice(1)
  if (found !== '') {
    token = found
    history.replaceState(history.state, '', location.pathname)
  }
  return token
}

export function forgetInvitationToken(): void {
  token = null
}
