import { useNavigate, useSearch } from '@tanstack/react-router'
import { useEffect } from 'react'
import { useQuery } from 'urql'
import { codeOf } from '../api/refusal.ts'
import { useRefetchOn } from '../live/use-refetch-on.ts'
import { ButtonLink } from '../parts/button.tsx'
import { Note } from '../parts/note.tsx'
import { Fault, Page } from '../parts/page.tsx'
import { useViewer } from '../session/viewer-context.tsx'
import { Answer } from './answer.tsx'
import { isSameQuestion, useAskedBefore } from './asked-before.ts'
import { AskedList } from './asked-list.tsx'
import { ExplainQuery, verdictOf } from './explanation.ts'
import { withoutQuery } from './question.ts'
import { QuestionForm } from './question-form.tsx'

/** May an app make a call, and what decides it? The question is in the address. */
export default function AccessPage() {
  const asked = useSearch({ from: '/account/access' })
  const navigate = useNavigate()
  const { account } = useViewer()
  const [before, remember] = useAskedBefore(account.id)
  const { app = '', method = '', url = '' } = asked
  const isAsked = app !== '' && method !== '' && url !== ''
  const [answer, ask] = useQuery({
    query: ExplainQuery,
    variables: { app, method, url },
    pause: !isAsked,
    requestPolicy: 'cache-and-network',
  })
  const askAgain = () => ask({ requestPolicy: 'network-only' })
  useRefetchOn(({ resourceId }) => isAsked && resourceId === app, askAgain)

  // Until the next question is answered, urql tells the answer of the one before.
  const { data, error, fetching, operation } = answer
  const isOfThis = isAsked && operation !== undefined && isSameQuestion(operation.variables, { app, method, url })
  const explanation = isOfThis ? data?.explainAccess : null
  const found = isOfThis ? data?.app : null
  const appName = found?.name
  const verdict = explanation ? verdictOf(explanation) : null
  useEffect(() => {
    if (appName !== undefined && verdict) remember({ app, appName, method, url, verdict })
  }, [app, appName, method, url, verdict, remember])

  const wrong = isOfThis && codeOf(error) === 'BAD_USER_INPUT' ? (error?.graphQLErrors[0]?.message ?? null) : null
  const isGone = isOfThis && !fetching && !error && data !== undefined && found === null
  return (
    <Page
      title="Access"
      aside="May this app make this call, and what decides it?"
      actions={<ButtonLink to="/scopes">All scopes</ButtonLink>}
    >
      <QuestionForm
        key={`${app} ${method} ${url}`}
        asked={asked}
        app={found ?? null}
        wrong={wrong}
        onAsk={(question) => {
          const next = { ...question, url: withoutQuery(question.url) }
          if (isAsked && isSameQuestion({ app, method, url }, next)) askAgain()
          else void navigate({ to: '/access', search: next })
        }}
      />
      {isOfThis && error && wrong === null && <Fault what="The answer" error={error} onRetry={askAgain} />}
      {isGone && <Note tone="plain">There is no such app in this account.</Note>}
      {found && explanation && <Answer app={found} explanation={explanation} onChanged={askAgain} />}
      <AskedList asked={before.filter((each) => !isAsked || !isSameQuestion(each, { app, method, url }))} />
    </Page>
  )
}
