import type { Api } from '../call.ts'
import { contactLink } from '../contact.ts'
import { useLinks } from '../live/use-links.ts'
import { useLanguage, useWords } from '../words.ts'
import { Breakable } from './breakable.tsx'

/** The contact of each faculty, or where to find it. */
export function Contacts({ api }: { api: Api }) {
  const words = useWords()
  const language = useLanguage()
  const contacts = useLinks(api)?.contacts ?? []
  if (contacts.length === 0) return <p>{words.ask.none}</p>
  return (
    <dl class="contacts">
      {contacts.map(({ nameFr, nameEn, contact }) => {
        const { href, label } = contactLink(contact)
        return (
          <div key={nameFr}>
            <dt>{language === 'fr' ? nameFr : nameEn}</dt>
            <dd>
              {href === null ? (
                label
              ) : (
                <a href={href}>
                  <Breakable text={label} />
                </a>
              )}
            </dd>
          </div>
        )
      })}
    </dl>
  )
}
