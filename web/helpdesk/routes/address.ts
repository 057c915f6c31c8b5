import { z } from 'zod'
import { localPart } from '../../../domain/mail.ts'
import { namesOf } from '../../../domain/name.ts'
import { randomUuid } from '../../../platform/chance.ts'
import { IdentityError } from '../../../platform/error.ts'
import { giveNewAddress } from '../../../registry/new-address.ts'
import { personOf } from '../../../registry/records.ts'
import type { DeskApi } from './given.ts'
import { failures, numberParams, reasonText } from '../shapes.ts'
import { studentFor } from '../student.ts'

const addressBody = z
  .strictObject({ reason: reasonText })
  .meta({ examples: [{ reason: 'nom d’usage changé, acte vu' }] })
const addressAnswer = z.strictObject({
  number: z.string(),
  mail: z.string().meta({ description: 'The address of now' }),
  former: z
    .string()
    .nullable()
    .meta({ description: 'What stays an alias for ever; null when nothing changed' }),
  changed: z.boolean().meta({ description: 'False when the address fits the name already' }),
})

/** The institutional address that goes with the name of now (registry/new-address.ts), as `matricule new-address`. */
export function addressRoutes({ app, desk, staffOf }: DeskApi): void {
  const { registry, clock, chance, rules } = desk

  app.route({
    method: 'POST',
    url: '/students/:number/new-address',
    config: { act: 'address' },
    schema: {
      summary: 'Give the address of a new name',
      description:
        'Formed from the names of the record, never from what is asked; the former one stays an alias for ever. Kept in the trail, and the student is told.',
      params: numberParams,
      body: addressBody,
      response: { 200: addressAnswer, ...failures(400, 404, 409, 413, 415) },
    },
    handler: async (request) => {
      const staff = staffOf(request)
      const { number } = request.params
      const { person } = await studentFor(desk, staff, number)
      const names = namesOf(personOf(person), rules.names)
      const at = clock.now()
      const done = await registry.transaction((tx) =>
        giveNewAddress(
          tx,
          {
            number,
            local: localPart(names.given, names.family, number, rules.mail),
            rules: rules.mail,
            actor: staff.subject,
            reason: request.body.reason,
            at,
          },
          { id: randomUuid(chance), kind: 'address-changed', number, address: null, once: null, dueAt: at },
        ),
      )
      if (done.outcome === 'unknown') throw new IdentityError('STUDENT_UNKNOWN', 'no such student')
      if (done.outcome === 'none')
        throw new IdentityError('ACCOUNT_MISSING', 'the address is formed when the account is activated')
      if (done.outcome === 'unchanged') return { number, mail: done.mail, former: null, changed: false }
      await registry.nudge(number)
      return { number, mail: done.mail, former: done.former, changed: true }
    },
  })
}
