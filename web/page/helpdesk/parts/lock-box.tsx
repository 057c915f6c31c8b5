import { useState } from 'preact/hooks'
import type { Card } from '../answers.ts'
import { desk } from '../call.ts'
import { useDeskWords } from '../words.ts'
import { ReasonForm } from './reason-form.tsx'
import { Done } from './told.tsx'

/** Locking and unlocking, for whoever may. */
export function LockBox(props: { card: Card; onChanged: () => void }) {
  const { card, onChanged } = props
  const { lock: words } = useDeskWords()
  const [done, setDone] = useState<string | null>(null)
  const { locked } = card.account
  return (
    <section class="box" aria-labelledby="lock-title">
      <h2 id="lock-title">{locked ? words.unlockTitle : words.title}</h2>
      {done !== null && (
        <Done key={done} takesFocus>
          {done}
        </Done>
      )}
      <details key={String(locked)}>
        <summary>{locked ? words.unlockSubmit : words.submit}</summary>
        <ReasonForm
          id="lock"
          careful={!locked}
          optional={locked}
          submit={locked ? words.unlockSubmit : words.submit}
          act={(reason) => (locked ? desk.unlock(card.number, reason) : desk.lock(card.number, reason))}
          onDone={() => {
            setDone(locked ? words.undone : words.done)
            onChanged()
          }}
        >
          <p class="soft">{locked ? words.unlockLead : words.lead}</p>
        </ReasonForm>
      </details>
    </section>
  )
}
