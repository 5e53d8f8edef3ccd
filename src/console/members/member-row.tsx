import { Ellipsis } from 'lucide-react'
import { useState } from 'react'
import { useClient } from 'urql'
import { IconButton } from '../parts/button.tsx'
import { Question } from '../parts/dialog.tsx'
import { Instant } from '../parts/instant.tsx'
import { Menu, MenuItem } from '../parts/menu.tsx'
import { Select } from '../parts/select.tsx'
import { useMay, useViewer } from '../session/viewer-context.tsx'
import { refusalOf, UpdateMember } from './change-members.ts'
import styles from './members-table.module.css'
import { RemoveQuestion } from './remove-question.tsx'
import { grantableBy, type Role, wordsOf } from './role.ts'
import type { Member } from './use-members.ts'

export function MemberRow({ member }: { member: Member }) {
  const { user, role, joinedAt } = member
  const viewer = useViewer()
  const may = useMay()
  const change = useRoleChange(member)
  const [removing, setRemoving] = useState(false)
  const isYou = viewer.actor.__typename === 'User' && viewer.actor.id === user.id
  const mayTouch = role !== 'OWNER' || viewer.role === 'OWNER'
  const name = user.name ?? user.email
  return (
    <tr>
      <td className={styles.person}>
        <bdi className={styles.name}>{name}</bdi>
        {isYou && <span className={styles.you}>you</span>}
        {user.name !== null && <bdi className={styles.email}>{user.email}</bdi>}
        {change.problem && (
          <p role="alert" className={styles.problem}>
            {change.problem}
          </p>
        )}
      </td>
      <td className={styles.role}>
        {may('members/update') && mayTouch ? (
          <Select
            label={`Role of ${name}`}
            look="inRow"
            value={role}
            options={grantableBy(viewer.role)}
            onChange={change.ask}
            disabled={change.busy}
          />
        ) : (
          wordsOf(role).name
        )}
      </td>
      <td className={styles.joined}>
        <Instant at={joinedAt} />
      </td>
      <td className={styles.actions}>
        {may('members/delete') && mayTouch && (
          <Menu
            trigger={
              <IconButton label={`Actions for ${name}`} size="small">
                <Ellipsis size={16} strokeWidth={1.75} />
              </IconButton>
            }
          >
            <MenuItem danger onClick={() => setRemoving(true)}>
              {isYou ? 'Leave this account…' : 'Remove…'}
            </MenuItem>
          </Menu>
        )}
        <RemoveQuestion member={member} isYou={isYou} open={removing} onClose={() => setRemoving(false)} />
        <Question
          open={change.asked !== null}
          onClose={change.cancel}
          title={
            <>
              Make <bdi>{name}</bdi> an owner?
            </>
          }
          act="Make owner"
          danger={false}
          onAct={change.confirm}
        >
          <p>An owner may do everything here, and make and remove owners, you included.</p>
        </Question>
      </td>
    </tr>
  )
}

/** Changes a role at once; raising to Owner is asked first. */
function useRoleChange({ user, role }: Member) {
  const client = useClient()
  const [asked, setAsked] = useState<Role | null>(null)
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)
  const change = async (next: Role) => {
    setBusy(true)
    setProblem(null)
    const { data, error } = await client.mutation(UpdateMember, { input: { userId: user.id, role: next } })
    setBusy(false)
    setProblem(refusalOf(error, data?.updateMember?.errors))
  }
  return {
    asked,
    busy,
    problem,
    ask: (next: Role) => {
      if (next === role) return
      if (next === 'OWNER') setAsked(next)
      else void change(next)
    },
    cancel: () => setAsked(null),
    confirm: () => {
      setAsked(null)
      void change('OWNER')
    },
  }
}
