import { z } from 'zod'
import type { Staff } from '../../../domain/staff.ts'
import { IdentityError } from '../../../platform/error.ts'
import { remember } from '../../../registry/audit.ts'
import { approve, heldMembers, waitingHolds } from '../../../registry/holds.ts'
import type { DeskApi } from './given.ts'
import { failures, instant, typedText } from '../shapes.ts'

const membersAtOnce = 200

const digest = z.string().regex(/^[0-9a-f]{16}$/)
const plan = z.strictObject({
  digest,
  kind: z.string(),
  target: z.string().nullable(),
  detail: z.string(),
  created_at: instant,
  members: z.int(),
})
const plansAnswer = z.strictObject({ plans: z.array(plan) })
const planParams = z.strictObject({ digest })
const planQuery = z.strictObject({ after: typedText.max(20).optional() })
const planAnswer = plan.extend({
  list: z.array(
    z.strictObject({
      number: z.string(),
      family_name: z.string().nullable(),
      first_name: z.string().nullable(),
      component: z.string().nullable(),
      state: z.string().nullable(),
      right_kind: z.string().nullable(),
      right_reason: z.string().nullable(),
    }),
  ),
  next: z.string().nullable().meta({ description: '`after` of the next part; null at the end' }),
})
const approveBody = z.strictObject({ digest }).meta({ examples: [{ digest: '0f1e2d3c4b5a6978' }] })
const approveAnswer = z.strictObject({ digest, kind: z.string(), detail: z.string() })

/** What waits for a person: looked at, and approved by its digest. */
export function planRoutes({ app, desk, staffOf }: DeskApi): void {
  const { registry, clock } = desk

  app.route({
    method: 'GET',
    url: '/plans',
    config: { act: 'plans' },
    schema: { summary: 'What waits for approval', response: { 200: plansAnswer, ...failures() } },
    handler: async (request) => {
      wholeUniversity(staffOf(request))
      return { plans: (await waitingHolds(registry.db)).map(told) }
    },
  })

  app.route({
    method: 'GET',
    url: '/plans/:digest',
    config: { act: 'plans' },
    schema: {
      summary: 'Who is in a held set',
      params: planParams,
      querystring: planQuery,
      response: { 200: planAnswer, ...failures(400, 404) },
    },
    handler: async (request) => {
      wholeUniversity(staffOf(request))
      const held = (await waitingHolds(registry.db)).find((each) => each.digest === request.params.digest)
      if (held === undefined) throw unknown()
      const { after = '' } = request.query
      const list = await heldMembers(registry.db, held.digest, after, membersAtOnce)
      return {
        ...told(held),
        list,
        next: list.length < membersAtOnce ? null : (list.at(-1)?.number ?? null),
      }
    },
  })

  app.route({
    method: 'POST',
    url: '/plans',
    config: { act: 'plans' },
    schema: {
      summary: 'Approve a held set',
      description: 'The set of that digest and nobody else; each member is judged again when it is applied.',
      body: approveBody,
      response: { 200: approveAnswer, ...failures(400, 404, 413, 415) },
    },
    handler: async (request) => {
      const staff = staffOf(request)
      wholeUniversity(staff)
      const at = clock.now()
      const approved = await registry.transaction(async (tx) => {
        const hold = await approve(tx, request.body.digest, staff.subject, at)
        if (hold === null) throw unknown()
        const facts = { digest: hold.digest, kind: hold.kind }
        await remember(tx, [{ at, actor: staff.subject, action: 'approved', number: null, facts }])
        return hold
      })
      await registry.nudge('')
      return { digest: approved.digest, kind: approved.kind, detail: approved.detail }
    },
  })
}

/** A set is of the whole university: who may see a part of it cannot approve it. */
function wholeUniversity({ scope }: Staff): void {
  if (scope !== null) throw new IdentityError('ROLE_MISSING', 'plans are of the whole university')
}

function unknown(): IdentityError {
  return new IdentityError('HOLD_UNKNOWN', 'nothing waits for approval under this digest')
}

function told(held: Awaited<ReturnType<typeof waitingHolds>>[number]) {
  const { digest, kind, target, detail, created_at, members } = held
  return { digest, kind, target, detail, created_at: created_at.toISOString(), members }
}
