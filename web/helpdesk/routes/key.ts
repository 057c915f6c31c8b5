import { z } from 'zod'
import type { DeskApi } from './given.ts'
import { replaceKey, revealKey } from '../key.ts'
import { failures, numberParams, reasonText } from '../shapes.ts'
import { studentFor } from '../student.ts'

const identityChecked = z.literal(true).meta({ description: 'The identity of whoever asks was checked' })
const revealBody = z
  .strictObject({ reason: reasonText, identity_checked: identityChecked })
  .meta({ examples: [{ reason: 'courriel jamais reçu, carte vue au guichet', identity_checked: true }] })
const revealAnswer = z.strictObject({
  number: z.string(),
  key: z.string().meta({ description: 'Twelve characters, unbroken' }),
  groups: z.array(z.string()).meta({ description: 'In groups of four, to be read aloud' }),
  version: z.int(),
})
const replaceBody = z
  .strictObject({ reason: reasonText.optional(), identity_checked: identityChecked.optional() })
  .nullish()
  .meta({ examples: [{ reason: 'carte perdue' }] })
const replaceAnswer = z.strictObject({
  number: z.string(),
  version: z.int(),
  mailed: z.boolean().meta({ description: 'Whether the new key leaves by letter; else it must be revealed' }),
})

/** The activation key: shown, or replaced. */
export function keyRoutes({ app, desk, staffOf }: DeskApi): void {
  app.route({
    method: 'POST',
    url: '/students/:number/key/reveal',
    config: { act: 'key' },
    schema: {
      summary: 'Show the key that waits',
      description: 'Limited in the hour, kept in the trail, and the student is told.',
      params: numberParams,
      body: revealBody,
      response: { 200: revealAnswer, ...failures(400, 404, 409, 413, 415) },
    },
    handler: async (request) => {
      const staff = staffOf(request)
      const { number } = request.params
      await studentFor(desk, staff, number)
      const { key, version } = await revealKey(desk, { staff, number, reason: request.body.reason })
      return { number, key, groups: key.match(/.{1,4}/g) ?? [], version }
    },
  })

  app.route({
    method: 'POST',
    url: '/students/:number/key/replace',
    config: { act: 'key' },
    schema: {
      summary: 'Replace the key that waits',
      description: 'The key on card and letter works no more.',
      params: numberParams,
      body: replaceBody,
      response: { 200: replaceAnswer, ...failures(400, 404, 409, 413, 415) },
    },
    handler: async (request) => {
      const staff = staffOf(request)
      const { number } = request.params
      await studentFor(desk, staff, number)
      const reason = request.body?.reason ?? null
      return { number, ...(await replaceKey(desk, { staff, number, reason })) }
    },
  })
}
