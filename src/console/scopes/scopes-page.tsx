import { useSearch } from '@tanstack/react-router'
import { useQuery } from 'urql'
import { Fault, Page } from '../parts/page.tsx'
import { MappingQuery } from './mapping.ts'
import { MappingPage } from './mapping-page.tsx'

/** Every scope of the catalogue, and what it opens. */
export default function ScopesPage() {
  const { search } = useSearch({ from: '/account/scopes' })
  const [{ data, error }, ask] = useQuery({ query: MappingQuery })
  if (data?.products) return <MappingPage title="Scopes" products={data.products} search={search} linked />
  return (
    <Page title="Scopes">
      {error && <Fault what="Scopes" error={error} onRetry={() => ask({ requestPolicy: 'network-only' })} />}
    </Page>
  )
}
