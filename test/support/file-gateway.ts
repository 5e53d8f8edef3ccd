import { startTestGateway, type TestGateway } from './test-gateway.ts'

export type FileGateway = { gateway: TestGateway; token: string }

let opened: Promise<FileGateway> | null = null

/** The gateway of the test file that runs now, and its first owner's session token; started at the first call. */
export function fileGateway(): Promise<FileGateway> {
  opened ??= open()
  return opened
}

/** At the file's end. */
export async function closeFileGateway(): Promise<void> {
  const closing = opened?.catch(() => null) // it has said so where it was asked for
  opened = null
  await (await closing)?.gateway.close()
}

async function open(): Promise<FileGateway> {
  const gateway = await startTestGateway()
  try {
    return { gateway, token: await gateway.signIn() }
  } catch (error) {
    await gateway.close()
    throw error
  }
}
