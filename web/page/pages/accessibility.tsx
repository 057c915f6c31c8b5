import type { Api } from '../call.ts'
import { Contacts } from '../parts/contacts.tsx'
import { Heading } from '../parts/heading.tsx'
import { useWords } from '../words.ts'

/** The statement of accessibility, in its set order. */
export function AccessibilityPage({ api }: { api: Api }) {
  const { accessibility: words } = useWords()
  return (
    <div class="sheet alone">
      <Heading>{words.title}</Heading>
      {words.sections.map(({ title, body, list }) => (
        <section key={title}>
          <h2>{title}</h2>
          {body.map((paragraph) => (
            <p key={paragraph}>{paragraph}</p>
          ))}
          {list !== undefined && (
            <ul class="plain-list">
              {list.map((item) => (
                <li key={item}>{item}</li>
              ))}
            </ul>
          )}
        </section>
      ))}
      <section>
        <h2>{words.contactsTitle}</h2>
        <p>{words.contactsLead}</p>
        <Contacts api={api} />
      </section>
      <section>
        <h2>{words.remedyTitle}</h2>
        <p>{words.remedyLead}</p>
        <ul class="plain-list">
          {words.remedies.map(({ words: sentence, href, link }) => (
            <li key={sentence}>
              {sentence} {href !== null && <a href={href}>{link}</a>}
            </li>
          ))}
        </ul>
      </section>
    </div>
  )
}
