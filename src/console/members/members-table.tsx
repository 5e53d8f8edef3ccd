import {
  type Column,
  createColumnHelper,
  createSortedRowModel,
  rowSortingFeature,
  sortFn_basic,
  sortFn_text,
  tableFeatures,
  useTable,
} from '@tanstack/react-table'
import { ArrowDown, ArrowUp } from 'lucide-react'
import panel from '../parts/panel.module.css'
import { MemberRow } from './member-row.tsx'
import styles from './members-table.module.css'
import { ROLES } from './role.ts'
import type { Member } from './use-members.ts'

const features = tableFeatures({
  rowSortingFeature,
  sortedRowModel: createSortedRowModel(),
  sortFns: { text: sortFn_text, basic: sortFn_basic },
})
const column = createColumnHelper<typeof features, Member>()
const COLUMNS = column.columns([
  column.accessor(({ user }) => user.name ?? user.email, { id: 'person', header: 'Person', sortFn: 'text' }),
  column.accessor(({ role }) => ROLES.indexOf(role), { id: 'role', header: 'Role', sortFn: 'basic' }),
  column.accessor('joinedAt', { header: 'Joined', sortFn: 'basic' }),
])

/** Who is a member, as what, since when. A role is changed in its row. */
export function MembersTable({ members }: { members: readonly Member[] }) {
  const table = useTable({
    features,
    columns: COLUMNS,
    data: members,
    getRowId: ({ id }) => id,
    enableSortingRemoval: false,
    enableMultiSort: false,
    initialState: { sorting: [{ id: 'joinedAt', desc: false }] },
  })
  return (
    <div className={panel.panel}>
      <table className={styles.members} aria-label="Members">
        <thead>
          <tr>
            {table.getAllLeafColumns().map((each) => (
              <Head key={each.id} column={each} />
            ))}
            <th scope="col">
              <span className="unseen">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {table.getRowModel().rows.map(({ original }) => (
            <MemberRow key={original.id} member={original} />
          ))}
        </tbody>
      </table>
    </div>
  )
}

function Head({ column }: { column: Column<typeof features, Member, unknown> }) {
  const sorted = column.getIsSorted()
  const order = sorted === false ? 'none' : sorted === 'asc' ? 'ascending' : 'descending'
  const Arrow = sorted === 'desc' ? ArrowDown : ArrowUp
  return (
    <th scope="col" aria-sort={order}>
      <button type="button" className={styles.sort} onClick={() => column.toggleSorting(sorted === 'asc')}>
        {String(column.columnDef.header)}
        {sorted !== false && <Arrow size={16} strokeWidth={1.75} className={styles.arrow} aria-hidden="true" />}
      </button>
    </th>
  )
}
