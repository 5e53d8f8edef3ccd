import { LabelledCheckbox } from '../parts/checkbox.tsx'
import { CopyButton } from '../parts/copy-button.tsx'
import { Note } from '../parts/note.tsx'
import panel from '../parts/panel.module.css'
import styles from './copy-secret.module.css'
import { Snippet } from './snippet.tsx'

/**
 * A secret, this once: to copy, as `.env`, and what to do with it. Its owner holds the secret in component state and
 * nowhere else, and may be left only when `stored` is ticked.
 * @param name the app's, for the file to download
 */
export function CopySecret({
  clientId,
  clientSecret,
  name = 'app',
  stored,
  onStored,
}: {
  clientId: string
  clientSecret: string
  name?: string
  stored: boolean
  onStored: (stored: boolean) => void
}) {
  const issuer = location.origin
  const variables = [
    ['CHATELAINE_ISSUER', issuer],
    ['CHATELAINE_CLIENT_ID', clientId],
    ['CHATELAINE_CLIENT_SECRET', clientSecret],
  ] as const
  const prefix = clientSecret.slice(0, clientSecret.indexOf('_'))
  return (
    <div className={styles.view}>
      <Note tone="once">
        <strong>This is the only time you see this secret.</strong> Chatelaine keeps a hash of it and cannot show it
        again. If you lose it, rotate.
      </Note>
      <dl className={panel.panel}>
        <div className={styles.row}>
          <dt>Client ID</dt>
          <dd>
            <code>{clientId}</code>
          </dd>
          <dd>
            <CopyButton text={clientId} what="Copy" label="Copy client ID" />
          </dd>
        </div>
        <div className={styles.row}>
          <dt>Client secret</dt>
          <dd className={styles.secret} data-testid="client-secret">
            <span className={styles.prefix}>{prefix}</span>
            {clientSecret.slice(prefix.length)}
          </dd>
          <dd>
            <CopyButton text={clientSecret} what="Copy secret" kind="primary" />
          </dd>
        </div>
      </dl>
      <Snippet
        title={<span className={styles.mono}>.env</span>}
        label=".env"
        text={variables.map(([variable, value]) => `${variable}=${value}\n`).join('')}
        file={fileNameOf(name)}
      >
        {variables.map(([variable, value]) => (
          <span key={variable}>
            <span className={styles.name}>{variable}=</span>
            {`${value}\n`}
          </span>
        ))}
      </Snippet>
      <Snippet title="Get a token with curl" label="curl" text={curlOf(issuer)}>
        {curlOf(issuer)}
      </Snippet>
      <LabelledCheckbox checked={stored} onChange={onStored}>
        <strong>Got it!</strong> I have stored the secret somewhere safe.
      </LabelledCheckbox>
    </div>
  )
}

/** By variable, so that the secret does not end in a shell's history. */
function curlOf(issuer: string): string {
  return [
    'curl -u "$CHATELAINE_CLIENT_ID:$CHATELAINE_CLIENT_SECRET" \\',
    '     -d grant_type=client_credentials \\',
    `     ${issuer}/oauth/token`,
  ].join('\n')
}

/** `shipment-notifier.env`; a file that began with a dot would be renamed by browsers. */
function fileNameOf(name: string): string {
  const plain = name
    .toLowerCase()
    .replaceAll(/[^\p{Letter}\p{Number}]+/gu, '-')
    .replaceAll(/^-|-$/g, '')
  return `${plain || 'app'}.env`
}
