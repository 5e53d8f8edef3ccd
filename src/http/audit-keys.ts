import type { IncomingMessage, ServerResponse } from 'node:http'
import type { PublishedAuditKeys } from '../audit/index.ts'
import { isUnavailable } from '../database/index.ts'
import { answerJson } from './answer.ts'
import { answerPublicDocument } from './public-document.ts'

/** `/.well-known/audit-keys.json` (docs/audit-log.md §4): what checkpoints are verified by. */
export async function answerAuditKeys(
  read: () => Promise<PublishedAuditKeys>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    answerPublicDocument(request, response, await read())
  } catch (error) {
    if (!isUnavailable(error)) throw error
    answerJson(response, 503, { error: 'temporarily_unavailable' }, { 'retry-after': 1, 'cache-control': 'no-store' })
  }
}
