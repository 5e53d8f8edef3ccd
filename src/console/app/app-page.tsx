import { Tabs } from '@base-ui/react/tabs'
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { useMemo, useState } from 'react'
import { useQuery } from 'urql'
import { useRefetchOn } from '../live/use-refetch-on.ts'
import { CopyIcon } from '../parts/copy-button.tsx'
import { secondsOf, words } from '../parts/duration.ts'
import { Instant } from '../parts/instant.tsx'
import { Empty, Fault, Page } from '../parts/page.tsx'
import { useShortcuts } from '../parts/shortcuts.ts'
import { LargeTokenNote } from '../scopes/large-token-note.tsx'
import { RotateDialog } from '../secrets/rotate-dialog.tsx'
import { nameOfMaker } from '../secrets/secret-fields.ts'
import { SecretsPanel } from '../secrets/secrets-panel.tsx'
import { useMay } from '../session/viewer-context.tsx'
import { AppHistory } from './app-history.tsx'
import { AppMenu } from './app-menu.tsx'
import styles from './app-page.module.css'
import { type App, AppQuery } from './app-query.ts'
import type { AppTab } from './app-search.ts'
import { isAbout, useAppHistory } from './use-app-history.ts'

const TABS: readonly { value: AppTab; name: string }[] = [
  { value: 'details', name: 'Application details' },
  { value: 'access', name: 'Access settings' },
  { value: 'credentials', name: 'Credentials' },
]

/** One app: what it is, what its tokens open, what it signs in with, and what became of it. */
export default function AppPage() {
  const { appId } = useParams({ from: '/account/apps/$appId' })
  const [{ data, error, fetching }, refetch] = useQuery({ query: AppQuery, variables: { id: appId } })
  const again = () => refetch({ requestPolicy: 'network-only' })
  useRefetchOn((event) => isAbout(event, appId), again)
  if (data?.app) return <LivingApp app={data.app} />
  return (
    <Page title="App">
      {error ? (
        <Fault what="This app" error={error} onRetry={again} />
      ) : (
        !fetching && (
          <Empty title="There is no such app in this account." action={<Link to="/apps">All apps</Link>}>
            It may have been deleted; its history stays in the audit trail.
          </Empty>
        )
      )}
    </Page>
  )
}

function LivingApp({ app }: { app: App }) {
  const may = useMay()
  const { tab = 'details' } = useSearch({ from: '/account/apps/$appId' })
  const navigate = useNavigate({ from: '/apps/$appId' })
  const history = useAppHistory(app.id, may('audit/read'))
  const [rotating, setRotating] = useState(false)
  const mayRotate = may('apps/rotate-secret')
  const shortcuts = useMemo(() => {
    const open = (next: AppTab) => void navigate({ search: (search) => ({ ...search, tab: next }) })
    return {
      '1': () => open('details'),
      '2': () => open('access'),
      '3': () => open('credentials'),
      ...(mayRotate && { r: () => setRotating(true) }),
    }
  }, [navigate, mayRotate])
  useShortcuts(shortcuts)
  return (
    <Page
      title={<bdi>{app.name}</bdi>}
      tab={app.name}
      above={
        <nav aria-label="Where this is">
          <Link to="/apps">Apps</Link> /
        </nav>
      }
      aside={
        <span className={styles.aside}>
          <span className={app.status === 'ACTIVE' ? styles.active : styles.disabled}>
            {app.status === 'ACTIVE' ? 'Active' : 'Disabled'}
          </span>
          <span className="mono">{app.clientId}</span>
          <CopyIcon text={app.clientId} what="Copy client ID" />
        </span>
      }
      actions={<AppMenu app={app} />}
    >
      <div className={styles.columns}>
        <Tabs.Root
          className={styles.main}
          value={tab}
          onValueChange={(next: AppTab) => void navigate({ search: (search) => ({ ...search, tab: next }) })}
        >
          <Tabs.List className={styles.tabs} aria-label="Parts of the app">
            {TABS.map(({ value, name }) => (
              <Tabs.Tab key={value} value={value} className={styles.tab}>
                {name}
              </Tabs.Tab>
            ))}
          </Tabs.List>
          <Tabs.Panel value="details" className={styles.panel}>
            <dl className={styles.values}>
              <dt>Name</dt>
              <dd>
                <bdi>{app.name}</bdi>
              </dd>
              <dt>Description</dt>
              <dd>{app.description === null ? <span className="quiet">none</span> : <bdi>{app.description}</bdi>}</dd>
              <dt>Client ID</dt>
              <dd className="mono">{app.clientId}</dd>
              <dt>Created</dt>
              <dd>
                <Instant at={app.createdAt} /> by <bdi>{nameOfMaker(app.createdBy)}</bdi>
              </dd>
            </dl>
          </Tabs.Panel>
          <Tabs.Panel value="access" className={styles.panel}>
            <dl className={styles.values}>
              <dt>Token lifetime</dt>
              <dd>{words(secondsOf(app.tokenLifetime))}</dd>
              <dt>Scopes</dt>
              <dd>
                {app.scopes.length} of 100
                <ul className={styles.scopes}>
                  {app.scopes.map(({ name }) => (
                    <li key={name} className="mono">
                      {name}
                    </li>
                  ))}
                </ul>
              </dd>
            </dl>
            <LargeTokenNote scopes={app.scopes.map(({ name }) => name)} />
          </Tabs.Panel>
          <Tabs.Panel value="credentials" className={styles.panel}>
            <SecretsPanel app={app} events={history.events} onRotate={() => setRotating(true)} />
          </Tabs.Panel>
        </Tabs.Root>
        {may('audit/read') && <AppHistory appId={app.id} history={history} />}
      </div>
      {rotating && <RotateDialog app={app} onClose={() => setRotating(false)} />}
    </Page>
  )
}
