import { useState } from 'preact/hooks'
import { forgetToken } from '../address-bar.ts'
import type { ResetDone } from '../answers.ts'
import type { Api } from '../call.ts'
import type { Failure } from '../failure.ts'
import { useVerifiedToken } from '../live/use-verified-token.ts'
import { FailureNotice } from '../parts/failure-notice.tsx'
import { Heading } from '../parts/heading.tsx'
import { PasswordForm } from '../parts/password-form.tsx'
import { addresses } from '../route.ts'
import { useWords } from '../words.ts'
import { ResetFinished } from './reset-finished.tsx'

/** The page of a mailed link. Looking at it uses nothing; only a password that is sent does. */
export function ResetPage(props: { api: Api; token: string | null }) {
  const { reset: words, remedies } = useWords()
  if (props.token !== null) return <ResetWithToken api={props.api} token={props.token} />
  return (
    <div class="sheet alone">
      <Heading>{words.noTokenTitle}</Heading>
      {words.noToken.map((paragraph) => (
        <p key={paragraph}>{paragraph}</p>
      ))}
      <p class="other-way">
        <a href={addresses.resetRequest}>{remedies.reset}</a>
      </p>
    </div>
  )
}

function ResetWithToken(props: { api: Api; token: string }) {
  const { reset: words, password } = useWords()
  const { api, token } = props
  const [verified, verifyAgain] = useVerifiedToken(api, token)
  const [done, setDone] = useState<ResetDone | null>(null)

  const send = async (chosen: string): Promise<Failure | null> => {
    const outcome = await api.reset(token, chosen)
    if (!outcome.ok) return outcome.failure
    forgetToken()
    setDone(outcome.value)
    return null
  }
  if (done !== null) return <ResetFinished api={api} done={done} />
  return (
    <div class="sheet alone">
      <Heading>{words.title}</Heading>
      <p class="lead">{words.lead}</p>
      {verified.state === 'checking' && (
        <p class="waiting" role="status">
          {words.checking}
        </p>
      )}
      {verified.state === 'failed' && <FailureNotice api={api} failure={verified.failure} />}
      {verified.state === 'failed' && verified.failure.code !== 'TOKEN_REFUSED' && (
        <button type="button" class="submit" onClick={verifyAgain}>
          {words.checkAgain}
        </button>
      )}
      {verified.state === 'good' && (
        <PasswordForm
          api={api}
          username=""
          context={verified.context}
          submit={password.submitReset}
          onSend={send}
        />
      )}
    </div>
  )
}
