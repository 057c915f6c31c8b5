import { useRef, useState } from 'preact/hooks'
import type { Plan, PlanDiff } from '../answers.ts'
import { desk } from '../call.ts'
import { useLoaded } from '../load.ts'
import { Done, Failed, Shown } from '../parts/told.tsx'
import { Title } from '../parts/title.tsx'
import { useDeskWords, useWhen, word } from '../words.ts'

/** What waits for a person: who is in it, then the approval. */
export function PlansPage() {
  const { plans: words } = useDeskWords()
  const [loaded, reload] = useLoaded(() => desk.plans(), '')
  const [approved, setApproved] = useState(false)
  return (
    <>
      <Title>{words.title}</Title>
      <p class="lead">{words.lead}</p>
      {approved && <Done takesFocus>{words.approved}</Done>}
      <Shown loaded={loaded}>
        {({ plans }) =>
          plans.length === 0 ? (
            <p>{words.none}</p>
          ) : (
            plans.map((plan) => (
              <PlanBox
                key={plan.digest}
                plan={plan}
                onApproved={() => {
                  setApproved(true)
                  reload()
                }}
              />
            ))
          )
        }
      </Shown>
    </>
  )
}

function PlanBox(props: { plan: Plan; onApproved: () => void }) {
  const { plan } = props
  const { plans: words } = useDeskWords()
  const when = useWhen()
  const [list, setList] = useState<PlanDiff['list'] | null>(null)
  const [next, setNext] = useState<string | null>(null)
  const [failure, setFailure] = useState<string | null>(null)
  const more = async (after: string) => {
    setFailure(null)
    const outcome = await desk.plan(plan.digest, after)
    if (outcome.ok) {
      setList([...(list ?? []), ...outcome.value.list])
      setNext(outcome.value.next)
    } else setFailure(outcome.code)
  }
  const busy = useRef(false)
  const approve = async () => {
    if (busy.current) return
    busy.current = true
    setFailure(null)
    const outcome = await desk.approve(plan.digest)
    busy.current = false
    if (outcome.ok) props.onApproved()
    else setFailure(outcome.code)
  }
  return (
    <section class="box" aria-labelledby={`plan-${plan.digest}`}>
      <h2 id={`plan-${plan.digest}`}>
        {word(words.kinds, plan.kind)}
        {plan.target === null ? '' : ` (${plan.target})`}
      </h2>
      <p lang="en">{plan.detail}</p>
      <p class="soft">
        {words.members(plan.members)}, {words.since(when(plan.created_at))} ·{' '}
        <span class="signs">{plan.digest}</span>
      </p>
      {failure !== null && <Failed code={failure} />}
      {list === null ? (
        <p>
          <button type="button" class="desk-button quiet" onClick={() => void more('')}>
            {words.show}
          </button>
        </p>
      ) : (
        <>
          <Members list={list} label={words.members(list.length)} />
          {next !== null && (
            <p>
              <button type="button" class="desk-button quiet" onClick={() => void more(next)}>
                {words.more}
              </button>
            </p>
          )}
          <p>
            <button type="button" class="desk-button careful" onClick={() => void approve()}>
              {words.approve}
            </button>
          </p>
        </>
      )}
      {list === null && <p class="soft">{words.approveLead}</p>}
    </section>
  )
}

function Members(props: { list: PlanDiff['list']; label: string }) {
  const { search, lists, states } = useDeskWords()
  return (
    <div class="table" tabIndex={0} role="region" aria-label={props.label}>
      <table>
        <thead>
          <tr>
            <th scope="col">{search.columns.number}</th>
            <th scope="col">{search.columns.name}</th>
            <th scope="col">{lists.columns['component']}</th>
            <th scope="col">{search.columns.state}</th>
          </tr>
        </thead>
        <tbody>
          {props.list.map((member) => (
            <tr key={member.number}>
              <td class="signs">{member.number}</td>
              <td>
                {member.family_name ?? ''} {member.first_name ?? ''}
              </td>
              <td>{member.component ?? '–'}</td>
              <td>{member.state === null ? '–' : word(states, member.state)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
