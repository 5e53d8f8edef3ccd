import { Page } from '../parts/page.tsx'

export default function ProductPage() {
  return <Page title="Scopes">{null}</Page>
}
