import { z } from 'zod'
import { may, staffActs, staffRoles, type StaffAct } from '../../../domain/staff.ts'
import type { DeskApi } from './given.ts'
import { failures } from '../shapes.ts'

const acts = Object.keys(staffActs) as [StaffAct, ...StaffAct[]]

const sessionAnswer = z.strictObject({
  name: z.string(),
  roles: z.array(z.enum(staffRoles)),
  scope: z.array(z.string()).nullable().meta({ description: 'Composantes that may be seen; null: all' }),
  may: z.array(z.enum(acts)).meta({ description: 'What the page is to offer' }),
  faculties: z.array(
    z.strictObject({
      id: z.string(),
      name_fr: z.string(),
      name_en: z.string(),
      components: z.array(z.string()),
    }),
  ),
})

/** Who is signed in, for the page to know what to offer. */
export function sessionRoutes({ app, desk, staffOf }: DeskApi): void {
  app.route({
    method: 'GET',
    url: '/session',
    config: { act: 'session' },
    schema: { summary: 'Who is signed in', response: { 200: sessionAnswer, ...failures() } },
    handler: (request) => {
      const staff = staffOf(request)
      const { name, roles, scope } = staff
      return Promise.resolve({
        name,
        roles: [...roles],
        scope: scope === null ? null : [...scope],
        may: acts.filter((act) => may(staff, act)),
        faculties: desk.rules.faculties.map(({ id, name_fr, name_en, components }) => ({
          id,
          name_fr,
          name_en,
          components: [...components],
        })),
      })
    },
  })
}
