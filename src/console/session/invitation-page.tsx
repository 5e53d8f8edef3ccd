import { Page } from '../parts/page.tsx'

export default function InvitationPage() {
  return <Page title="Invitation">{null}</Page>
}
