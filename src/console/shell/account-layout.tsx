import { Outlet, useNavigate, useRouterState } from '@tanstack/react-router'
import { useCallback, useEffect, useMemo, useState } from 'react'
import { Provider } from 'urql'
import { createApiClient, type SessionEnd } from '../api/client.ts'
import { openSocket } from '../api/socket.ts'
import { followHistory, type History } from '../live/history.ts'
import { HistoryProvider } from '../live/history-context.tsx'
import { useRefetchOn } from '../live/use-refetch-on.ts'
import { Button } from '../parts/button.tsx'
import { Door, DoorMark } from '../session/door.tsx'
import { Elsewhere } from '../session/elsewhere.tsx'
import { type Entry, enter, type Viewer } from '../session/viewer.ts'
import { useComeIn, useViewer, ViewerProvider } from '../session/viewer-context.tsx'
import { Shell } from './shell.tsx'

/** All pages of an account: who is signed in first, then one client, one socket and one history for the tab. */
export function AccountLayout() {
  const [entry, setEntry] = useState<Entry | null>(null)
  const navigate = useNavigate()
  const href = useRouterState({ select: ({ location }) => location.href })
  const comeIn = useCallback(async () => {
    setEntry(await enter((account) => createApiClient(account, null, () => {})))
  }, [])
  useEffect(() => void comeIn(), [comeIn])
  const onSessionEnd = useCallback(
    (end: SessionEnd) => {
      if (end === 'ACCOUNT_CHANGED') void comeIn()
      else void navigate({ to: '/sign-in', search: { to: location.pathname + location.search, ended: true } })
    },
    [navigate, comeIn],
  )
  const isSignedOut = entry?.state === 'signed-out'
  useEffect(() => {
    if (isSignedOut) void navigate({ to: '/sign-in', search: href === '/apps' ? {} : { to: href }, replace: true })
  }, [isSignedOut, navigate, href])

  if (entry === null || isSignedOut) return null
  if (entry.state === 'elsewhere')
    return <Elsewhere viewer={entry.viewer} shown={entry.shown} onSettled={() => void comeIn()} />
  if (entry.state === 'fault')
    return (
      <Door>
        <DoorMark shape="not-connected">
          <p role="alert">{entry.sentence}</p>
        </DoorMark>
        <DoorMark shape="next">
          <Button onClick={() => void comeIn()}>Try again</Button>
        </DoorMark>
      </Door>
    )
  return (
    <InAccount
      key={entry.viewer.account.id}
      viewer={entry.viewer}
      comeIn={() => void comeIn()}
      onSessionEnd={onSessionEnd}
    />
  )
}

function InAccount({
  viewer,
  comeIn,
  onSessionEnd,
}: {
  viewer: Viewer
  comeIn: () => void
  onSessionEnd: (end: SessionEnd) => void
}) {
  const accountId = viewer.account.id
  const [parts, setParts] = useState<{ client: ReturnType<typeof createApiClient>; history: History } | null>(null)
  const place = useMemo<{ cursor: string | null }>(() => ({ cursor: null }), [])
  useEffect(() => {
    const socket = openSocket(accountId, {
      cursor: () => place.cursor,
      onWait: (until) => history.onWait(until),
      onAccountChanged: () => onSessionEnd('ACCOUNT_CHANGED'),
    })
    const client = createApiClient(accountId, socket, onSessionEnd)
    const history = followHistory(client, socket, place)
    setParts({ client, history })
    return () => {
      history.close()
      socket.close()
    }
  }, [accountId, onSessionEnd, place])
  if (!parts) return null
  return (
    <Provider value={parts.client}>
      <ViewerProvider viewer={viewer} comeIn={comeIn}>
        <HistoryProvider history={parts.history}>
          <FollowOwnPlace />
          <Shell>
            <Outlet />
          </Shell>
        </HistoryProvider>
      </ViewerProvider>
    </Provider>
  )
}

/** Follows what others change of it: the account's name, the viewer's own role. */
function FollowOwnPlace() {
  const { actor } = useViewer()
  const comeIn = useComeIn()
  const email = actor.__typename === 'User' ? actor.email : null
  useRefetchOn(
    ({ type, resourceName }) =>
      type === 'ACCOUNT_UPDATED' || (type === 'MEMBER_UPDATED' && email !== null && resourceName === email),
    comeIn,
  )
  return null
}
