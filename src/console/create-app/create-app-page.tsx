import { Page } from '../parts/page.tsx'

export default function CreateAppPage() {
  return <Page title="Create app">{null}</Page>
}
