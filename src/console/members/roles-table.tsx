import { Check } from 'lucide-react'
import { ROLES, wordsOf } from './role.ts'
import { ROLE_RIGHTS } from './role-rights.ts'
import styles from './roles-table.module.css'

/** What each role may do, beside the members. */
export function RolesTable() {
  return (
    <section className={styles.roles} aria-labelledby="roles">
      <h2 id="roles">What each role may do</h2>
      <table>
        <thead>
          <tr>
            <th scope="col">
              <span className="unseen">Right</span>
            </th>
            {ROLES.map((role) => (
              <th key={role} scope="col" abbr={wordsOf(role).name}>
                {wordsOf(role).short}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {ROLE_RIGHTS.map(({ words, roles }) => (
            <tr key={words}>
              <th scope="row">{words}</th>
              {ROLES.map((role) => (
                <td key={role}>{roles.includes(role) ? <Yes /> : <No />}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <p>
        An account always keeps one owner. Whoever leaves is signed out everywhere at once; the apps they made stay.
      </p>
    </section>
  )
}

function Yes() {
  return (
    <>
      <Check size={16} strokeWidth={1.75} className={styles.yes} aria-hidden="true" />
      <span className="unseen">yes</span>
    </>
  )
}

function No() {
  return (
    <>
      <span aria-hidden="true">–</span>
      <span className="unseen">no</span>
    </>
  )
}
