import { Page } from '../parts/page.tsx'

export default function ScopesPage() {
  return <Page title="Scopes">{null}</Page>
}
