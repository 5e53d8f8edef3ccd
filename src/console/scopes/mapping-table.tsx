import { Endpoint } from '../access/endpoint.tsx'
import { CopyIcon } from '../parts/copy-button.tsx'
import panel from '../parts/panel.module.css'
import { byResource, type Product } from './mapping.ts'
import styles from './mapping-table.module.css'

/** Each scope of a product, with the endpoints that it opens. @param label what the table is called */
export function MappingTable({ product, label }: { product: Product; label: string }) {
  return (
    <div className={`${panel.panel} ${styles.panel}`}>
      <table className={styles.mapping} aria-label={label}>
        <thead>
          <tr>
            <th scope="col">Scope</th>
            <th scope="col">Opens</th>
          </tr>
        </thead>
        {byResource(product.scopes).map(({ resource, scopes }) => (
          <tbody key={resource}>
            {scopes.map(({ id, name, title, endpoints }) => (
              <tr key={id}>
                <td>
                  <div className={styles.scope}>
                    <code>{name}</code>
                    <span className={styles.copy}>
                      <CopyIcon text={name} what={`Copy ${name}`} />
                    </span>
                  </div>
                  <span className={styles.title}>{title}</span>
                </td>
                <td>
                  <ul className={styles.endpoints}>
                    {endpoints.map((endpoint) => (
                      <li key={`${endpoint.method} ${endpoint.host}${endpoint.path}`}>
                        <Endpoint endpoint={endpoint} />
                      </li>
                    ))}
                  </ul>
                </td>
              </tr>
            ))}
          </tbody>
        ))}
      </table>
    </div>
  )
}
