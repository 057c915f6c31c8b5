import { z } from 'zod'
import { searchStudents } from '../../../registry/search.ts'
import type { DeskApi } from './given.ts'
import { cardOf } from '../card.ts'
import { cardAnswer } from '../card-shape.ts'
import { failures, numberParams, typedText } from '../shapes.ts'
import { studentFor } from '../student.ts'

/** Enough to choose from; who has a name that more bear types more of it. */
const mostFound = 30

const searchQuery = z.strictObject({
  query: typedText.trim().min(2).max(100).meta({ description: 'A number, or the beginnings of names' }),
})
const searchAnswer = z.strictObject({
  students: z.array(
    z.strictObject({
      number: z.string(),
      family_name: z.string(),
      first_name: z.string().nullable(),
      birth_date: z.string().nullable(),
      component: z.string().nullable(),
      component_label: z.string().nullable(),
      step: z.string().nullable(),
      state: z.string(),
      locked: z.boolean(),
    }),
  ),
  more: z.boolean().meta({ description: `There are more than ${mostFound}` }),
})

/** Looking a student up. Whom somebody may not see is answered as if there were nobody. */
export function studentRoutes({ app, desk, staffOf }: DeskApi): void {
  app.route({
    method: 'GET',
    url: '/students',
    config: { act: 'read' },
    schema: {
      summary: 'Search by number or name',
      querystring: searchQuery,
      response: { 200: searchAnswer, ...failures(400) },
    },
    handler: async (request) => {
      const { scope } = staffOf(request)
      const found = await searchStudents(desk.registry.db, request.query.query, scope, mostFound + 1)
      return { students: found.slice(0, mostFound), more: found.length > mostFound }
    },
  })

  app.route({
    method: 'GET',
    url: '/students/:number',
    config: { act: 'read' },
    schema: {
      summary: 'The call card of a student',
      description: 'What `explain` tells, and what is needed to answer the telephone. Never a key.',
      params: numberParams,
      response: { 200: cardAnswer, ...failures(400, 404) },
    },
    handler: async (request) => {
      const student = await studentFor(desk, staffOf(request), request.params.number)
      return cardAnswer.parse(await cardOf(desk, student))
    },
  })
}
