import type { LoadRequest } from 'autocannon'
import type { FilledDatabase } from './clients.ts'
import { type ServerProcess, startServer } from './server-process.ts'

export function startGateway(
  databaseUrl: string,
  { encryptionKey }: FilledDatabase,
  env: Record<string, string> = {},
): Promise<ServerProcess> {
  return startServer('src/main.ts', {
    ...env,
    DATABASE_URL: databaseUrl,
    ENCRYPTION_KEY: Buffer.from(encryptionKey).toString('base64'),
    PORT: '0',
    LOG_LEVEL: 'warn',
  })
}

/** What every token endpoint is held against, on a gateway's filled database. */
export function startBaseline(databaseUrl: string, { keys }: FilledDatabase): Promise<ServerProcess> {
  return startServer('bench/baseline-token-server.ts', {
    DATABASE_URL: databaseUrl,
    SECRET_MAC: Buffer.from(keys.secretMac).toString('base64'),
    SIGNING_KEY: Buffer.from(keys.tokenSigning[0]?.bytes ?? []).toString('base64'),
  })
}

/** @throws Error for an answer that is no 2xx */
export async function askForToken(
  server: ServerProcess,
  { path, ...request }: LoadRequest,
): Promise<Record<string, unknown>> {
  const response = await fetch(server.url + path, request)
  const text = await response.text()
  if (!response.ok) throw new Error(`${server.url} answers ${response.status} ${text}.`)
  return JSON.parse(text)
}
