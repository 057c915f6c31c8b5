import type { Api } from '../call.ts'
import { pageAddress } from '../contact.ts'
import { allowedService, wayTo } from '../service.ts'
import { useLinks } from '../live/use-links.ts'
import { useWords } from '../words.ts'

/** Where to go with the new account; what the university does not have is not shown. */
export function UsefulLinks({ api }: { api: Api }) {
  const { links: words } = useWords()
  const links = useLinks(api)
  const cas = pageAddress(links?.cas ?? '')
  const service = allowedService(location.search, links?.services ?? [])
  const offered = [
    service === null
      ? { href: cas, name: words.cas, note: null }
      : { href: wayTo(service, cas), name: words.cas, note: words.onward(service.host) },
    { href: links?.webmail, name: words.webmail, note: null },
    { href: links?.ent, name: words.ent, note: words.entNote },
    { href: links?.entUpmc, name: words.entUpmc, note: words.entUpmcNote },
  ].flatMap(({ href, name, note }) => {
    const page = pageAddress(href ?? '')
    return page === null ? [] : [{ href: page, name, note }]
  })
  if (offered.length === 0) return null
  return (
    <section class="services" aria-labelledby="services-title">
      <h2 id="services-title">{words.title}</h2>
      <ul class="service-list">
        {offered.map(({ href, name, note }) => (
          <li key={href}>
            <a href={href}>{name}</a>
            {note !== null && <span>{note}</span>}
          </li>
        ))}
      </ul>
    </section>
  )
}
