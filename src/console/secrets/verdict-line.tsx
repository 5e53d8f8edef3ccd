import { useNow } from '../parts/clock.ts'
import { CopyIcon } from '../parts/copy-button.tsx'
import { Ago, Instant } from '../parts/instant.tsx'
import type { Secret } from './secret-fields.ts'
import styles from './secrets.module.css'
import { verdictOf } from './verdict.ts'

/** The answer to the real question: is it still used, or is it safe to end. @param newest hint of the current secret */
export function VerdictLine({
  secret,
  tokenLifetime,
  offSince,
  newest,
}: {
  secret: Secret
  tokenLifetime: number
  offSince: string | null
  newest: string
}) {
  const now = useNow()
  const verdict = verdictOf(secret, tokenLifetime, now, offSince)
  switch (verdict.kind) {
    case 'off':
      return verdict.since ? (
        <>
          off since <Instant at={verdict.since} />
        </>
      ) : (
        'off'
      )
    case 'current':
      return (
        <>
          {verdict.usedAt ? 'used ' : ''}
          <Ago at={verdict.usedAt} />
          {verdict.usedAt ? '' : ' used'}
          <Address ip={verdict.ip} />
        </>
      )
    case 'waits':
      return (
        <>
          waits for the first use of <span className="mono">…{newest}</span>; <Instant at={verdict.latest} /> at the
          latest
        </>
      )
    case 'safe':
      return (
        <span className={styles.safe}>
          <strong>Safe to end</strong> {verdict.usedAt ? 'last used ' : ''}
          <Ago at={verdict.usedAt} />
          {verdict.usedAt ? '' : ' used'}
        </span>
      )
    case 'still-used':
      return (
        <span className={styles.stillUsed}>
          <strong>Still used</strong> <Ago at={verdict.usedAt} />
          <Address ip={verdict.ip} />
        </span>
      )
    case 'unused':
      return verdict.tokensUntil ? (
        <>
          Not used since; its last tokens may live until <Instant at={verdict.tokensUntil} />
        </>
      ) : (
        'Not used since; its last tokens may still live'
      )
  }
}

/** Where it was used from: what one needs to find the laggard. */
function Address({ ip }: { ip: string | null }) {
  if (ip === null) return null
  return (
    <>
      , <span className="mono">{ip}</span> <CopyIcon text={ip} what="Copy the address" />
    </>
  )
}
