import type { Staff } from '../../domain/staff.ts'
import { askToReadAgain, readAgainResult, type ReadAgain } from '../../registry/read-again.ts'
import { studentOf } from '../../registry/students.ts'
import type { Helpdesk } from './options.ts'
import { spending } from './spend.ts'
import { studentFor } from './student.ts'

/** The daemon gives the source five seconds; a little more for what follows. */
const patienceMs = 6_000
const lookMs = 100

/** Asks the daemon to read one student again at the source, and waits for its answer: null when none has come in time,
 *  and then it will come all the same. Somebody not known yet may be asked for by whoever sees everybody. */
export async function readAgainNow(
  desk: Helpdesk,
  staff: Staff,
  number: string,
): Promise<Pick<ReadAgain, 'result' | 'code'>> {
  const { registry, clock, rules } = desk
  const known = await studentOf(registry.db, number)
  if (staff.scope !== null || known !== null) await studentFor(desk, staff, number)
  const limit = { scope: 'reread', whose: staff.subject, count: rules.rereadsPerHour }
  return spending(desk, limit, async () => {
    const { id } = await askToReadAgain(registry, { number, by: staff.subject })
    const began = clock.monotonic()
    for (;;) {
      const answer = await readAgainResult(registry.db, id)
      const waited = clock.monotonic() - began > patienceMs
      if (waited || (answer?.result ?? null) !== null)
        return { result: answer?.result ?? null, code: answer?.code ?? null }
      await clock.sleep(lookMs)
    }
  })
}
