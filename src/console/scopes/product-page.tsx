import { Link, useParams, useSearch } from '@tanstack/react-router'
import { useQuery } from 'urql'
import { Empty, Fault, Page } from '../parts/page.tsx'
import { MappingQuery } from './mapping.ts'
import { MappingPage } from './mapping-page.tsx'

/** The scopes of one product, and what each opens. */
export default function ProductPage() {
  const { product: name } = useParams({ from: '/account/scopes/$product' })
  const { search } = useSearch({ from: '/account/scopes/$product' })
  const [{ data, error }, ask] = useQuery({ query: MappingQuery })
  const product = data?.products?.find((each) => each.name === name)
  const back = <Link to="/scopes">All scopes</Link>
  if (product) return <MappingPage key={name} title={product.title} above={back} products={[product]} search={search} />
  return (
    <Page title="Scopes" above={back}>
      {error && <Fault what="Scopes" error={error} onRetry={() => ask({ requestPolicy: 'network-only' })} />}
      {data?.products && <Empty title="There is no such product.">The catalogue has none of this name.</Empty>}
    </Page>
  )
}
