import { Link, useNavigate } from '@tanstack/react-router'
import { Printer, Search } from 'lucide-react'
import { type ReactNode, useDeferredValue, useEffect, useMemo, useRef, useState } from 'react'
import { Button } from '../parts/button.tsx'
import { Empty, Page } from '../parts/page.tsx'
import { Count } from '../parts/sequence.tsx'
import { type KeyHelp, useKeyHelp, useShortcuts } from '../parts/shortcuts.ts'
import { type Product, searchMapping } from './mapping.ts'
import styles from './mapping-page.module.css'
import { MappingTable } from './mapping-table.tsx'

const SEARCH_MS = 150
const KEYS: KeyHelp = [{ keys: ['/'], does: 'Search' }]

/**
 * The mapping, or one product of it, to be searched and printed.
 * @param products those that the page is about
 * @param search what stands in the address
 * @param linked whether products have pages of their own to go to
 */
export function MappingPage({
  title,
  above,
  products,
  search = '',
  linked = false,
}: {
  title: string
  above?: ReactNode
  products: readonly Product[]
  search?: string
  linked?: boolean
}) {
  const [typed, setTyped] = useState(search)
  useSearchInAddress(typed, search)
  const field = useRef<HTMLInputElement>(null)
  useShortcuts(useMemo(() => ({ '/': () => field.current?.focus() }), []))
  useKeyHelp(KEYS)
  const found = searchMapping(products, useDeferredValue(typed))
  const count = found.reduce((sum, { scopes }) => sum + scopes.length, 0)
  return (
    <Page
      title={title}
      above={above}
      aside={<Count value={count} />}
      actions={
        <span className={styles.print}>
          <Button onClick={() => window.print()}>
            <Printer size={16} strokeWidth={1.75} aria-hidden="true" />
            Print
          </Button>
        </span>
      }
    >
      <search className={styles.search}>
        <Search size={16} strokeWidth={1.75} className={styles.icon} aria-hidden="true" />
        <input
          ref={field}
          type="search"
          aria-label="Search scopes and endpoints"
          placeholder="Part of a scope, a title or an endpoint"
          value={typed}
          onChange={({ target }) => setTyped(target.value)}
        />
      </search>
      {linked && (
        <nav className={styles.products} aria-label="Products">
          {found.map(({ id, name, title, scopes }) => (
            <Link key={id} to="/scopes/$product" params={{ product: name }} className={styles.product}>
              {title} <span className={styles.count}>{scopes.length}</span>
            </Link>
          ))}
        </nav>
      )}
      {found.length === 0 && (
        <Empty
          title={`No scope matches “${typed}”.`}
          action={<Button onClick={() => setTyped('')}>Clear search</Button>}
        >
          Search looks in names, titles and endpoints; every word has to be there.
        </Empty>
      )}
      {found.map((product) => (
        <section key={product.id} className={styles.section} aria-label={product.title}>
          {linked && (
            <h2>
              <Link to="/scopes/$product" params={{ product: product.name }}>
                {product.title}
              </Link>{' '}
              <span className={styles.count}>{product.scopes.length}</span>
            </h2>
          )}
          <MappingTable product={product} label={`Scopes of ${product.title}`} />
        </section>
      ))}
    </Page>
  )
}

/** Writes what is searched for into the address, once it is left alone for a moment. */
function useSearchInAddress(typed: string, search: string): void {
  const navigate = useNavigate()
  useEffect(() => {
    if (typed === search) return
    const next = typed === '' ? {} : { search: typed }
    const timer = setTimeout(() => void navigate({ to: '.', search: next, replace: true }), SEARCH_MS)
    return () => clearTimeout(timer)
  }, [typed, search, navigate])
}
