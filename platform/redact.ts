import { IdentityError } from './error.ts'

export type Facts = Readonly<Record<string, unknown>>

const mark = '[redacted]'
const depthLimit = 5
const listLimit = 100
const textLimit = 4_000

const secretWords = new Set(
  'authorization cookie credential key passphrase passwd password pwd secret token verifier'
    .split(' ')
    .flatMap((word) => [word, `${word}s`]),
)

/** `facts` with every value under a key that names a secret replaced by `[redacted]`, at any depth, and with
 *  bounds on depth, list and text length. A key names a secret when its last word does: `userPassword`,
 *  `set-cookie`, `master_key`; `key_state` does not. Counts, booleans and null are kept: they are no secrets. */
export function redact(facts: Facts | undefined): Record<string, unknown> {
  return facts === undefined ? {} : record(facts, depthLimit)
}

/** What a thrown value says of itself, causes included: `{name, code?, message, transient?, details?, stack?,
 *  cause?}`. Credentials in addresses and tokens are blanked. Our own errors need no stack: their code says where. */
export function describeError(thrown: unknown, depth = 4): Record<string, unknown> {
  if (!(thrown instanceof Error))
    return { message: scrub(typeof thrown === 'string' ? thrown : typeof thrown) }
  const { code } = thrown as { code?: unknown }
  const known: Record<string, unknown> = { name: thrown.name, message: scrub(thrown.message) }
  if (typeof code === 'string' || typeof code === 'number') known['code'] = code
  if (thrown instanceof IdentityError) {
    known['transient'] = thrown.transient
    if (Object.keys(thrown.details).length > 0) known['details'] = redact(thrown.details)
  } else if (thrown.stack !== undefined) {
    known['stack'] = scrub(thrown.stack)
  }
  if (thrown.cause !== undefined && depth > 0) known['cause'] = describeError(thrown.cause, depth - 1)
  return known
}

/** `text` without user and password in addresses and without the value of `token=`, `key=`, `password=`. */
export function scrub(text: string): string {
  return text
    .slice(0, textLimit)
    .replace(/(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/@]+@/gi, `$1${mark}@`)
    .replace(/\b(token|key|password|secret)=[^\s&"']+/gi, `$1=${mark}`)
}

function record(facts: Facts, depth: number): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(facts).map(([key, value]) => [key, namesSecret(key) ? blank(value) : plain(value, depth)]),
  )
}

function plain(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return scrub(value)
  if (typeof value === 'bigint') return value.toString()
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString()
  if (value instanceof Error) return describeError(value)
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`
  if (depth === 0) return '[deeper]'
  if (Array.isArray(value)) return value.slice(0, listLimit).map((member) => plain(member, depth - 1))
  return record(value as Facts, depth - 1)
}

function blank(value: unknown): unknown {
  return typeof value === 'number' || typeof value === 'boolean' || value === null ? value : mark
}

function namesSecret(key: string): boolean {
  const last =
    key
      .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
      .split(/[^a-zA-Z0-9]+/)
      .at(-1) ?? ''
  return secretWords.has(last.toLowerCase())
}
