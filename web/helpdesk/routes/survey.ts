import { z } from 'zod'
import { funnel } from '../../../registry/funnel.ts'
import { trail } from '../../../registry/trail.ts'
import type { DeskApi } from './given.ts'
import { failures, instant, typedText } from '../shapes.ts'

const actsAtOnce = 100

const steps = { enrolled: z.int(), lettered: z.int(), activated: z.int(), ready: z.int() }
const funnelAnswer = z.strictObject({
  faculties: z.array(
    z.strictObject({
      id: z.string().nullable().meta({ description: 'Null: composantes of no faculty of the settings' }),
      name_fr: z.string(),
      name_en: z.string(),
      ...steps,
    }),
  ),
  components: z.array(
    z.strictObject({ component: z.string().nullable(), component_label: z.string().nullable(), ...steps }),
  ),
})
const auditQuery = z.strictObject({
  number: z
    .string()
    .regex(/^\d{7,8}$/)
    .optional(),
  actor: typedText.min(1).max(255).optional(),
  before: z.coerce.number().int().positive().optional(),
})
const auditAnswer = z.strictObject({
  acts: z.array(
    z.strictObject({
      id: z.int(),
      at: instant,
      actor: z.string(),
      action: z.string(),
      number: z.string().nullable(),
      facts: z.record(z.string(), z.unknown()),
    }),
  ),
  next: z.int().nullable().meta({ description: '`before` of the next part; null at the end' }),
})

/** How far everybody has come, and who did what. */
export function surveyRoutes({ app, desk, staffOf }: DeskApi): void {
  const { registry, rules } = desk

  app.route({
    method: 'GET',
    url: '/funnel',
    config: { act: 'funnel' },
    schema: {
      summary: 'Enrolled, letter, activated, ready, by faculty',
      response: { 200: funnelAnswer, ...failures() },
    },
    handler: async (request) => {
      const components = await funnel(registry.db, staffOf(request).scope)
      const named = [
        ...rules.faculties.map(({ id, name_fr, name_en, components: codes }) => ({
          id,
          name_fr,
          name_en,
          of: components.filter(({ component }) => component !== null && codes.includes(component)),
        })),
        {
          id: null,
          name_fr: 'Autres composantes',
          name_en: 'Other composantes',
          of: components.filter(
            ({ component }) => !rules.faculties.some((each) => each.components.includes(component ?? '')),
          ),
        },
      ]
      return {
        faculties: named.flatMap(({ of, ...faculty }) =>
          of.length === 0
            ? []
            : [
                {
                  ...faculty,
                  enrolled: sum(of, 'enrolled'),
                  lettered: sum(of, 'lettered'),
                  activated: sum(of, 'activated'),
                  ready: sum(of, 'ready'),
                },
              ],
        ),
        components: [...components],
      }
    },
  })

  app.route({
    method: 'GET',
    url: '/audit',
    config: { act: 'audit' },
    schema: {
      summary: 'The trail of acts, the newest first',
      querystring: auditQuery,
      response: { 200: auditAnswer, ...failures(400) },
    },
    handler: async (request) => {
      const { number = null, actor = null, before = null } = request.query
      const { scope } = staffOf(request)
      const acts = await trail(registry.db, { number, actor, before, scope, count: actsAtOnce })
      return {
        acts: acts.map(({ at, ...act }) => ({ ...act, at: at.toISOString() })),
        next: acts.length < actsAtOnce ? null : (acts.at(-1)?.id ?? null),
      }
    },
  })
}

function sum<Step extends string>(rows: readonly Readonly<Record<Step, number>>[], step: Step): number {
  return rows.reduce((total, row) => total + row[step], 0)
}
