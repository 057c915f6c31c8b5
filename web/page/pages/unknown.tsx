import { Heading } from '../parts/heading.tsx'
import { addresses } from '../route.ts'
import { useWords } from '../words.ts'

/** An address that leads nowhere. */
export function UnknownPage() {
  const { unknown: words } = useWords()
  return (
    <div class="sheet alone">
      <Heading>{words.title}</Heading>
      <p class="lead">{words.lead}</p>
      <p class="other-way">
        <a href={addresses.activation}>{words.home}</a>
      </p>
    </div>
  )
}
