import { z } from 'zod'
import { isLoopback } from './loopback.ts'

/** The kinds of values that settings are made of. Messages complete the sentence « `web.port`: … ». */

/** A secret: read apart from the rest, never written anywhere. Known by this mark, which its descriptor carries. */
export const secretMark = 'secret'
/** A path: relative ones are resolved against the folder of the settings file, or the current one. */
export const pathMark = 'path'

export const text = z.string().max(1_000)
export const name = z.string().min(1, 'must not be empty').max(200)
export const path = z.string().min(1, 'must not be empty').max(4_000).meta({ format: pathMark })
export const port = z
  .int('must be a whole number')
  .min(0, 'must be 0 to 65535')
  .max(65_535, 'must be 0 to 65535')
export const host = z.string().regex(/^[A-Za-z0-9:.%_-]{1,255}$/, 'must be a host name or an address')
export const share = z.number().min(0, 'must be from 0 to 1').max(1, 'must be from 0 to 1')
export const hostname = z
  .string()
  .regex(/^(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$/, {
    error: 'must be a domain in lower case, such as example.org',
  })

/** A whole number from `least` to `most`. */
export function count(least: number, most: number) {
  const error = `must be a whole number from ${least} to ${most}`
  return z.int(error).min(least, error).max(most, error)
}

/** A time of day, `HH:MM`. */
export const timeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time such as "04:00"')

/** A day of any year, `MM-DD`; 29 February is not one of every year. */
export const monthDay = z
  .string()
  .regex(
    /^(0[13578]|1[02])-(0[1-9]|[12]\d|3[01])$|^(0[469]|11)-(0[1-9]|[12]\d|30)$|^02-(0[1-9]|1\d|2[0-8])$/,
    {
      error: 'must be a day of the year, such as 08-31',
    },
  )

/** A university year as Apogée writes it, by its first civil year. YAML reads 2026 as a number: both are taken. */
const yearError = 'must be a year of four digits, such as 2026'
export const year = z
  .union(
    [
      z.string(yearError).regex(/^\d{4}$/, yearError),
      z.int(yearError).min(1_000, yearError).max(9_999, yearError),
    ],
    {
      error: yearError,
    },
  )
  .transform(String)

/** An instant: a date (midnight UTC) or a date-time with its offset. */
const instantError = 'must be a date such as 2026-09-01, or a date-time such as 2026-09-01T08:00:00+02:00'
export const instant = z.union(
  [z.iso.date(instantError), z.iso.datetime({ offset: true, error: instantError })],
  {
    error: instantError,
  },
)

/** An address in one of `schemes` (without the colon). User and password are refused: they are secrets. */
export function url(...schemes: readonly string[]) {
  return z
    .string()
    .max(2_000)
    .refine((value) => plainUrl(value, schemes), {
      error: `must be an address that starts with ${startOf(schemes)}, without user or password`,
    })
}

/** As `url`, where an empty text means none. */
export function urlOrNothing(...schemes: readonly string[]) {
  return z
    .string()
    .max(2_000)
    .refine((value) => value === '' || plainUrl(value, schemes), {
      error: `must be empty, or an address that starts with ${startOf(schemes)}, without user or password`,
    })
}

/** As `url`, but https, or http on loopback: what must not travel in clear. */
export const guardedUrl = z
  .string()
  .max(2_000)
  .refine((value) => value === '' || (plainUrl(value, ['https', 'http']) && guarded(value)), {
    error: 'must be empty, or an https:// address (http:// on loopback only)',
  })

/** An address that may hold credentials, in one of `schemes`. */
export function secretUrl(...schemes: readonly string[]) {
  return z
    .string()
    .max(4_000)
    .refine((value) => schemeOf(value, schemes), {
      error: `must be an address that starts with ${startOf(schemes)}`,
    })
    .meta({ format: secretMark })
}

/** Whether `value` may carry what must not be read on the way: https, or anything on loopback. */
export function guarded(value: string): boolean {
  if (!URL.canParse(value)) return false
  const { protocol, hostname } = new URL(value)
  return protocol === 'https:' || isLoopback(hostname)
}

function schemeOf(value: string, schemes: readonly string[]): boolean {
  return URL.canParse(value) && schemes.includes(new URL(value).protocol.slice(0, -1))
}

function plainUrl(value: string, schemes: readonly string[]): boolean {
  if (!schemeOf(value, schemes)) return false
  const { username, password, hostname } = new URL(value)
  return username === '' && password === '' && hostname !== ''
}

function startOf(schemes: readonly string[]): string {
  return schemes.map((scheme) => `${scheme}://`).join(' or ')
}
