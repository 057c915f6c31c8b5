import type { Api } from '../call.ts'
import { Contacts } from '../parts/contacts.tsx'
import { Heading } from '../parts/heading.tsx'
import { useWords } from '../words.ts'

/** The questions that the guide answers, and whom to ask about the others. */
export function HelpPage({ api }: { api: Api }) {
  const { help: words } = useWords()
  return (
    <div class="sheet alone">
      <Heading>{words.title}</Heading>
      <p class="lead">{words.lead}</p>
      {words.topics.map(({ question, answer }) => (
        <details class="topic" key={question}>
          <summary>{question}</summary>
          {answer.map((paragraph) => (
            <p key={paragraph}>{paragraph}</p>
          ))}
        </details>
      ))}
      <h2>{words.contactsTitle}</h2>
      <p>{words.contactsLead}</p>
      <Contacts api={api} />
    </div>
  )
}
