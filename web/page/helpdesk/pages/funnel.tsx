import type { Steps } from '../answers.ts'
import { desk } from '../call.ts'
import { useLoaded } from '../load.ts'
import { Shown } from '../parts/told.tsx'
import { Title } from '../parts/title.tsx'
import { useDeskLanguage, useDeskWords } from '../words.ts'

const steps = ['enrolled', 'lettered', 'activated', 'ready'] as const

/** How far the students of each faculty have come. */
export function FunnelPage() {
  const { funnel: words } = useDeskWords()
  const language = useDeskLanguage()
  const [loaded] = useLoaded(() => desk.funnel(), '')
  return (
    <>
      <Title>{words.title}</Title>
      <p class="lead">{words.lead}</p>
      <Shown loaded={loaded}>
        {({ faculties }) =>
          faculties.length === 0 ? (
            <p>{words.none}</p>
          ) : (
            <div class="table" tabIndex={0} role="region" aria-label={words.title}>
              <table>
                <thead>
                  <tr>
                    <th scope="col">{words.faculty}</th>
                    {steps.map((step) => (
                      <th key={step} scope="col" class="figure">
                        {words[step]}
                      </th>
                    ))}
                  </tr>
                </thead>
                <tbody>
                  {faculties.map((faculty) => (
                    <tr key={faculty.id ?? ''}>
                      <th scope="row">{language === 'fr' ? faculty.name_fr : faculty.name_en}</th>
                      {steps.map((step) => (
                        <Figure key={step} of={faculty} step={step} />
                      ))}
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          )
        }
      </Shown>
    </>
  )
}

function Figure({ of, step }: { of: Steps; step: (typeof steps)[number] }) {
  const share = of.enrolled === 0 ? 0 : Math.round((100 * of[step]) / of.enrolled)
  return (
    <td class="figure">
      {of[step]}
      <meter min={0} max={100} value={share} aria-hidden="true" />
      <span class="soft">{share}&nbsp;%</span>
    </td>
  )
}
