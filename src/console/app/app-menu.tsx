import { useNavigate } from '@tanstack/react-router'
import { Ellipsis } from 'lucide-react'
import { useState } from 'react'
import { useClient } from 'urql'
import { sentenceOf } from '../api/refusal.ts'
import { Button, IconButton } from '../parts/button.tsx'
import { useMinute } from '../parts/clock.ts'
import { Question } from '../parts/dialog.tsx'
import { TextField } from '../parts/field.tsx'
import { Ago } from '../parts/instant.tsx'
import { Menu, MenuItem, MenuRule } from '../parts/menu.tsx'
import { Note } from '../parts/note.tsx'
import type { Outcome } from '../secrets/change-secrets.ts'
import { useMay } from '../session/viewer-context.tsx'
import type { App } from './app-query.ts'
import { deleteApp, revokeTokens, setStatus } from './change-app.ts'

/** Used since then, its name has to be typed before it is deleted. */
const RECENTLY_MS = 30 * 86_400_000

type Asked = 'disable' | 'revoke' | 'delete' | null

/** What one may do with a whole app, each after a question; enabling it again asks nothing. */
export function AppMenu({ app }: { app: App }) {
  const client = useClient()
  const may = useMay()
  const navigate = useNavigate()
  const now = useMinute()
  const [asked, setAsked] = useState<Asked>(null)
  const [typed, setTyped] = useState('')
  const [wrong, setWrong] = useState<string | null>(null)
  const active = app.status === 'ACTIVE'
  const named = app.lastUsedAt !== null && now - Date.parse(app.lastUsedAt) < RECENTLY_MS
  const ask = (question: Asked) => {
    setTyped('')
    setWrong(null)
    setAsked(question)
  }
  const act = async (change: Promise<Outcome>) => {
    const { error, refusal } = await change
    const sentence = error ? sentenceOf(error) : (refusal?.message ?? null)
    setWrong(sentence)
    if (sentence === null) setAsked(null)
    return sentence === null
  }
  const remove = async () => {
    if (await act(deleteApp(client, app.id))) await navigate({ to: '/apps' })
  }
  const fault = wrong && <Note tone="danger">{wrong}</Note>
  if (!may('apps/update') && !may('apps/rotate-secret') && !may('apps/delete')) return null
  return (
    <>
      <Menu
        trigger={
          <IconButton label="More for this app">
            <Ellipsis size={16} strokeWidth={1.75} />
          </IconButton>
        }
      >
        {may('apps/update') &&
          (active ? (
            <MenuItem onClick={() => ask('disable')}>Disable…</MenuItem>
          ) : (
            <MenuItem onClick={() => void act(setStatus(client, app.id, 'ACTIVE'))}>Enable</MenuItem>
          ))}
        {may('apps/rotate-secret') && <MenuItem onClick={() => ask('revoke')}>Revoke tokens…</MenuItem>}
        {may('apps/delete') && (
          <>
            <MenuRule />
            <MenuItem danger onClick={() => ask('delete')}>
              Delete…
            </MenuItem>
          </>
        )}
      </Menu>
      <Question
        open={asked === 'disable'}
        onClose={() => setAsked(null)}
        title={`Disable ${app.name}?`}
        act="Disable"
        onAct={() => void act(setStatus(client, app.id, 'DISABLED'))}
      >
        <p>No tokens are issued, and those out there stop counting, until you enable it again.</p>
        {fault}
      </Question>
      <Question
        open={asked === 'revoke'}
        onClose={() => setAsked(null)}
        title="Revoke tokens?"
        act="Revoke tokens"
        onAct={() => void act(revokeTokens(client, app.id))}
      >
        <p>
          Every access token of <bdi>{app.name}</bdi> ends now. Its secrets go on, so that its services fetch new ones.
        </p>
        {fault}
      </Question>
      <Question
        open={asked === 'delete'}
        onClose={() => setAsked(null)}
        title={`Delete ${app.name}?`}
        act="Delete app"
        disabled={named && typed !== app.name}
        onAct={() => void remove()}
        other={active && may('apps/update') && <Button onClick={() => ask('disable')}>Disable it instead</Button>}
      >
        <p>
          Its {app.secrets.length === 1 ? '1 secret' : `${app.secrets.length} secrets`} and every token out there stop
          working at once. It was {app.lastUsedAt === null ? '' : 'last used '}
          <strong>
            <Ago at={app.lastUsedAt} />
          </strong>
          {app.lastUsedAt === null ? ' used' : ''}. This cannot be undone; its history stays in the audit trail.
        </p>
        {named && (
          <TextField
            label="Type its name to confirm"
            value={typed}
            autoComplete="off"
            onChange={(event) => setTyped(event.target.value)}
          />
        )}
        {fault}
      </Question>
    </>
  )
}
