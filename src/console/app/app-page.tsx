import { Page } from '../parts/page.tsx'

export default function AppPage() {
  return <Page title="App">{null}</Page>
}
