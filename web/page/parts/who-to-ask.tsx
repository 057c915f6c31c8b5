import type { Api } from '../call.ts'
import { useWords } from '../words.ts'
import { Contacts } from './contacts.tsx'

/** Whom to ask, folded away until wanted, so that nobody has to leave a form that is half filled in. */
export function WhoToAsk({ api }: { api: Api }) {
  const words = useWords()
  return (
    <details class="who">
      <summary>{words.ask.title}</summary>
      <p>{words.ask.intro}</p>
      <Contacts api={api} />
    </details>
  )
}
