import { Page } from '../parts/page.tsx'

export default function AppsPage() {
  return <Page title="Apps">{null}</Page>
}
