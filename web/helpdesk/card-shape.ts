import { z } from 'zod'
import { instant } from './shapes.ts'

const text = z.string()
const maybe = z.string().nullable()

/** The call card: what `explain` tells of a student, and what a telephone call needs beside it. */
export const cardAnswer = z.strictObject({
  number: text,
  why: text.meta({ description: 'One sentence in French, to be read aloud' }),
  next: z.strictObject({
    actor: z.enum(['student', 'registrar', 'support', 'security', 'operator', 'nobody']),
    contact: z.strictObject({ name_fr: text, name_en: text, contact: text }).nullable(),
  }),
  person: z.strictObject({
    family_name: text,
    birth_name: text,
    first_name: maybe,
    birth_date: maybe,
    first_seen: instant,
  }),
  enrolments: z.array(
    z.strictObject({
      year: text,
      step: text,
      component: maybe,
      component_label: maybe,
      state: text,
      main: z.boolean(),
    }),
  ),
  right: z.strictObject({ has: z.boolean(), kind: text, years: z.array(text), reason: text }),
  account: z.strictObject({ state: text, locked: z.boolean(), mail: maybe }),
  address: z.strictObject({ state: text, masked: maybe }),
  key: z.strictObject({
    state: text,
    version: z.int().nullable(),
    created_at: instant.nullable(),
    ended_at: instant.nullable(),
    published_at: instant.nullable(),
  }),
  letters: z.array(
    z.strictObject({
      id: z.uuid(),
      kind: text,
      state: text,
      at: instant,
      reason: maybe,
      resendable: z.boolean(),
    }),
  ),
  resets: z.array(z.strictObject({ requested: instant, sent: instant.nullable(), used: instant.nullable() })),
  limits: z.strictObject({ blocked_until: instant.nullable() }),
  targets: z.record(text, z.strictObject({ state: text })),
  promises: z.array(
    z.strictObject({ kind: text, target: maybe, started: instant, due: instant, kept: instant.nullable() }),
  ),
  source: z.strictObject({ read_at: instant.nullable(), next_expected: instant.nullable() }),
  held: z.array(z.strictObject({ kind: text, target: maybe })),
  timeline: z.array(z.strictObject({ at: instant, what: text })),
})
