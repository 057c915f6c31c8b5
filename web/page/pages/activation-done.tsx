import type { Activated } from '../answers.ts'
import type { Api } from '../call.ts'
import { Heading } from '../parts/heading.tsx'
import { IdentityCard } from '../parts/identity-card.tsx'
import { ProgressSection } from '../parts/progress-section.tsx'
import { Steps } from '../parts/steps.tsx'
import { UsefulLinks } from '../parts/useful-links.tsx'
import { WhoToAsk } from '../parts/who-to-ask.tsx'
import { addresses } from '../route.ts'
import { useWords } from '../words.ts'

/** Step 3: the account exists; what it is called, and how far each directory has come. */
export function ActivationDone(props: { api: Api; account: Activated }) {
  const { done: words, progress, steps } = useWords()
  const { account, api } = props
  return (
    <div class="columns">
      <div class="sheet">
        <Steps now={2} />
        <Heading position={steps.position(3, 3)}>{words.title}</Heading>
        <p class="lead">{words.lead}</p>
        <IdentityCard login={account.login} mail={account.mail} />
        {account.personalAddress === null ? (
          <div class="notice warn">
            <h2>{words.noAddressTitle}</h2>
            {words.noAddress.map((paragraph) => (
              <p key={paragraph}>{paragraph}</p>
            ))}
            <WhoToAsk api={api} />
          </div>
        ) : (
          <p>{words.letters(account.personalAddress)}</p>
        )}
        <section aria-labelledby="progress-title">
          <h2 id="progress-title">{progress.title}</h2>
          <ProgressSection api={api} id={account.progress} />
          <p class="other-way">
            <a href={addresses.progress(account.progress)}>{progress.keep}</a>
          </p>
        </section>
      </div>
      <div class="beside">
        <UsefulLinks api={api} />
      </div>
    </div>
  )
}
