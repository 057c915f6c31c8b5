import { z } from 'zod'
import { may, type StaffAct } from '../../../domain/staff.ts'
import { csvText } from '../../../platform/csv.ts'
import { IdentityError } from '../../../platform/error.ts'
import { listed, lists, type ListName, type ListRow } from '../../../registry/lists.ts'
import type { DeskApi } from './given.ts'
import { failures } from '../shapes.ts'

const names = Object.keys(lists) as [ListName, ...ListName[]]
/** What could not be taken or written is for who operates, too. */
const faults: readonly ListName[] = ['set-aside', 'conflicts', 'key-faults']

const listParams = z.strictObject({ name: z.enum(names) })
const listQuery = z.strictObject({ format: z.enum(['json', 'csv']).optional() })
const cell = z.union([z.string(), z.number(), z.null()])
const listAnswer = z.strictObject({ columns: z.array(z.string()), rows: z.array(z.record(z.string(), cell)) })

/** The lists of what somebody must correct, by composante. */
export function listRoutes({ app, desk, staffOf }: DeskApi): void {
  app.route({
    method: 'GET',
    url: '/lists/:name',
    config: { act: 'session' },
    schema: {
      summary: 'A list, as JSON or as CSV',
      description:
        'CSV with `?format=csv` or `Accept: text/csv`; cells that a spreadsheet would take for formulas are told as text.',
      params: listParams,
      querystring: listQuery,
      response: {
        200: {
          description: 'The rows that this member of staff may see',
          content: { 'application/json': { schema: listAnswer }, 'text/csv': { schema: z.string() } },
        },
        ...failures(400),
      },
    },
    handler: async (request, reply) => {
      const staff = staffOf(request)
      const { name } = request.params
      const act: StaffAct = faults.includes(name) ? 'faults' : 'lists'
      if (!may(staff, act)) throw new IdentityError('ROLE_MISSING', 'this list takes another role')
      const { scope } = staff
      const all = await listed(desk.registry.db, name)
      const rows = scope === null ? all : all.filter(({ component }) => scope.includes(String(component)))
      const columns = [...lists[name].columns]
      reply.header('vary', 'accept')
      const { format } = request.query
      if (format === 'csv' || (format === undefined && request.headers.accept?.includes('text/csv')))
        return (
          reply
            .type('text/csv; charset=utf-8')
            .header('content-disposition', `attachment; filename="${name}.csv"`)
            // With the mark by which spreadsheets know UTF-8.
            .send(`\uFEFF${csvText(columns, rows)}`)
        )
      return reply.type('application/json').send({ columns, rows: rows.map(plain) })
    },
  })
}

function plain(row: ListRow): Record<string, string | number | null> {
  return Object.fromEntries(
    Object.entries(row).map(([column, value]) => [
      column,
      value instanceof Date ? value.toISOString() : value,
    ]),
  )
}
