import { Page } from '../parts/page.tsx'

export default function AccessPage() {
  return <Page title="Access">{null}</Page>
}
