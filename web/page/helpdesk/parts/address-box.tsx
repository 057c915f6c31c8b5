import { useState } from 'preact/hooks'
import type { Card } from '../answers.ts'
import { desk } from '../call.ts'
import { useDeskWords } from '../words.ts'
import { ReasonForm } from './reason-form.tsx'
import { Done } from './told.tsx'

/** The institutional address of a new name, for whoever may, once there is one to be replaced. */
export function AddressBox(props: { card: Card; onChanged: () => void }) {
  const { card, onChanged } = props
  const { address: words } = useDeskWords()
  const [done, setDone] = useState<string | null>(null)
  return (
    <section class="box" aria-labelledby="address-title">
      <h2 id="address-title">{words.title}</h2>
      {done !== null && <Done key={done}>{done}</Done>}
      <details key={card.account.mail ?? ''}>
        <summary>{words.open}</summary>
        <ReasonForm
          id="address"
          submit={words.submit}
          act={(reason) => desk.newAddress(card.number, reason)}
          onDone={({ mail, former }) => {
            setDone(former === null ? words.unchanged(mail) : words.done(mail, former))
            onChanged()
          }}
        >
          <p class="soft">{words.lead}</p>
        </ReasonForm>
      </details>
    </section>
  )
}
