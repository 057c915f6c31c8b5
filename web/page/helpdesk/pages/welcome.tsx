import { Failed } from '../parts/told.tsx'
import { Title } from '../parts/title.tsx'
import { useDeskWords } from '../words.ts'

/** For whoever has not signed in, or could not. */
export function WelcomePage({ refused }: { refused: string | null }) {
  const { welcome: words } = useDeskWords()
  return (
    <div class="sheet alone">
      <Title>{words.title}</Title>
      <p class="lead">{words.lead}</p>
      {refused !== null && <Failed code={refused} />}
      <p>
        <a class="desk-button" href="/helpdesk/sign-in">
          {words.signIn}
        </a>
      </p>
    </div>
  )
}
