import { z } from 'zod'
import { randomUuid } from '../../../platform/chance.ts'
import { lock, unlock } from '../../../registry/locking.ts'
import type { DeskApi } from './given.ts'
import { failures, numberParams, reasonText } from '../shapes.ts'
import { studentFor } from '../student.ts'

const lockBody = z.strictObject({ reason: reasonText }).meta({ examples: [{ reason: 'compte compromis' }] })
const unlockBody = z
  .strictObject({ reason: reasonText.optional() })
  .nullish()
  .meta({ examples: [{}] })
const lockedAnswer = z.strictObject({
  number: z.string(),
  locked: z.boolean(),
  changed: z.boolean().meta({ description: 'False when it was so already' }),
})

/** Locking and unlocking an account (registry/locking.ts). */
export function lockRoutes({ app, desk, staffOf }: DeskApi): void {
  const { registry, clock, chance } = desk

  app.route({
    method: 'POST',
    url: '/students/:number/lock',
    config: { act: 'lock' },
    schema: {
      summary: 'Lock an account',
      description: 'Its password is destroyed and leaves every directory at once; the student is told.',
      params: numberParams,
      body: lockBody,
      response: { 200: lockedAnswer, ...failures(400, 404, 413, 415) },
    },
    handler: async (request) => {
      const staff = staffOf(request)
      const { number } = request.params
      await studentFor(desk, staff, number)
      const at = clock.now()
      const letter = {
        id: randomUuid(chance),
        kind: 'locked',
        number,
        address: null,
        once: null,
        dueAt: at,
      } as const
      const { reason } = request.body
      const done = await registry.transaction((tx) =>
        lock(tx, { number, actor: staff.subject, reason, at }, letter),
      )
      await registry.nudge(number)
      return { number, locked: true, changed: done === 'changed' }
    },
  })

  app.route({
    method: 'POST',
    url: '/students/:number/unlock',
    config: { act: 'lock' },
    schema: {
      summary: 'Unlock an account',
      description: 'The student is sent a link to choose a new password: the old one stays dead.',
      params: numberParams,
      body: unlockBody,
      response: { 200: lockedAnswer, ...failures(400, 404, 413, 415) },
    },
    handler: async (request) => {
      const staff = staffOf(request)
      const { number } = request.params
      await studentFor(desk, staff, number)
      const reason = request.body?.reason ?? null
      const done = await registry.transaction((tx) =>
        unlock(tx, { number, actor: staff.subject, reason, at: clock.now() }),
      )
      await registry.nudge(number)
      return { number, locked: false, changed: done === 'changed' }
    },
  })
}
