import { IdentityError } from '../../platform/error.ts'
import { progressOf } from '../../registry/progress.ts'
import type { Progress } from '../flows.ts'
import type { House } from './house.ts'

/** Where an activation or a reset has come, target by target. Sign-in works as soon as the primary directory has it. */
export async function progress({ registry, clock }: House, id: string): Promise<Progress> {
  const now = clock.now()
  const facts = await progressOf(registry.db, id, now)
  if (facts === null) throw new IdentityError('PROGRESS_UNKNOWN', 'no such progress, or it has run out')
  const steps = facts.steps.map(({ target, started, due, kept }) => ({
    target,
    state: kept !== null ? ('done' as const) : due < now ? ('delayed' as const) : ('pending' as const),
    started: started.toISOString(),
    due: due.toISOString(),
    at: kept?.toISOString() ?? null,
  }))
  const door = steps.find(({ target }) => target === 'primary') ?? steps[0]
  return { login: facts.number, mail: facts.mail, can_sign_in: door?.state === 'done', steps }
}
