import type { IncomingMessage } from 'node:http'

/** The console's cookie: `__Host-` binds it to this origin, which a browser grants behind https alone. */
export type SessionCookie = {
  read(request: IncomingMessage): string | null
  /** The Set-Cookie header that keeps a token; null clears it. @param maxAge seconds */
  header(token: string | null, maxAge: number): string
}

export function sessionCookieOf(publicUrl: string): SessionCookie {
  const secure = publicUrl.startsWith('https:')
  const name = secure ? '__Host-chatelaine' : 'chatelaine'
  const attributes = `Path=/; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`
  return {
    read: (request) => {
      for (const part of (request.headers.cookie ?? '').split(';')) {
        const [key, ...value] = part.trim().split('=')
        if (key === name) return value.join('=') || null
      }
      return null
    },
    header: (token, maxAge) => `${name}=${token ?? ''}; ${attributes}; Max-Age=${token === null ? 0 : maxAge}`,
  }
}
