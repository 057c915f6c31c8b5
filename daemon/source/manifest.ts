import { createHash } from 'node:crypto'
import { z } from 'zod'
import { IdentityError } from '../../platform/error.ts'

/** The encodings a feed may be written in. */
export const feedEncodings = ['UTF-8', 'ISO-8859-1', 'ISO-8859-15', 'Windows-1252'] as const
export type FeedEncoding = (typeof feedEncodings)[number]

export const peopleFile = 'individus.csv'
export const enrolmentsFile = 'inscriptions.csv'
export const manifestFile = 'manifest.json'

/** No manifest is near this long. */
export const maxManifestBytes = 1024 * 1024

const year = z.string().regex(/^[1-9]\d{3}$/, 'must be a year of four digits, as text')

const file = z.object({
  rows: z.int().min(0),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/i, 'must be 64 hexadecimal digits')
    .transform((text) => text.toLowerCase()),
})

const schema = z.object({
  snapshot: z.int().min(0),
  taken_at: z.iso
    .datetime({ offset: true, error: 'must be a date-time with its offset, as 2026-09-14T21:30:00+02:00' })
    .transform((text) => new Date(text)),
  kind: z.enum(['full', 'delta']),
  encoding: z.enum(feedEncodings),
  open_years: z
    .array(year)
    .min(1)
    .max(4)
    .refine((years) => new Set(years).size === years.length, 'must name each year once'),
  files: z.object({ [peopleFile]: file, [enrolmentsFile]: file }),
})

/** What a drop says about itself. Written last, so that its presence means that the files are whole. */
export interface Manifest {
  readonly snapshot: number
  readonly takenAt: Date
  readonly kind: 'full' | 'delta'
  readonly encoding: FeedEncoding
  /** Oldest first. */
  readonly openYears: readonly string[]
  readonly files: {
    readonly [peopleFile]: ManifestFile
    readonly [enrolmentsFile]: ManifestFile
  }
  /** SHA-256 of the manifest's own bytes, in hexadecimal. */
  readonly digest: string
}

export interface ManifestFile {
  /** Data rows, the header not counted. */
  readonly rows: number
  /** In small hexadecimal digits. */
  readonly sha256: string
}

/** The manifest in these bytes. Refuses with `FEED_MANIFEST`, naming every field that is wrong. */
export function manifestFrom(bytes: Uint8Array): Manifest {
  if (bytes.length > maxManifestBytes) {
    throw new IdentityError('FEED_MANIFEST', `${manifestFile} is longer than ${maxManifestBytes} bytes`)
  }
  const parsed = schema.safeParse(jsonIn(bytes))
  if (!parsed.success) {
    const problems = parsed.error.issues.map(
      (issue) => `${issue.path.join('.') || 'the whole'}: ${issue.message}`,
    )
    throw new IdentityError('FEED_MANIFEST', `${manifestFile} cannot be used: ${problems.join('; ')}`, {
      details: { problems },
    })
  }
  const { snapshot, taken_at: takenAt, kind, encoding, open_years: openYears, files } = parsed.data
  return {
    snapshot,
    takenAt,
    kind,
    encoding,
    openYears: openYears.toSorted(),
    files,
    digest: digestOf(bytes),
  }
}

/** By what a manifest is known again. */
export function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

function jsonIn(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    // The parser's own message quotes the text, which has no business in a log.
    throw new IdentityError('FEED_MANIFEST', `${manifestFile} is not JSON in UTF-8`)
  }
}
