import { availableParallelism } from 'node:os'
import { hash as argon2Hash, verify as argon2Verify } from '@node-rs/argon2'
import type { Chance } from './chance.ts'
import { IdentityError } from './error.ts'
import { createGate } from './gate.ts'
import { passwordLimit } from './password.ts'
import { checkSalted, makeSalted } from './verifier-salted.ts'

/** The hash schemes in which a chosen password is kept, as directories name them. */
export const verifierSchemes = ['argon2id', 'ssha512', 'ssha'] as const
export type VerifierScheme = (typeof verifierSchemes)[number]

export { normalisePassword } from './password.ts'

export interface Argon2Costs {
  readonly memory_kib: number
  readonly passes: number
  readonly lanes: number
}

export interface VerifierOptions {
  readonly schemes: readonly VerifierScheme[]
  readonly chance: Chance
  readonly argon2: Argon2Costs
  /** argon2 computations at once; the number of cores when absent or null. */
  readonly concurrency?: number | null
  /** argon2 computations that may wait (512). */
  readonly waiting?: number
}

export interface Verifiers {
  /** One verifier per scheme, in the form that slapd stores in `userPassword`: `{ARGON2}$argon2id$v=19$…`,
   *  `{SSHA512}base64(digest salt)`, `{SSHA}base64(digest salt)`. The password is hashed exactly as given: pass it
   *  through `normalisePassword` first. Rejects with IdentityError PASSWORD_REFUSED when it is empty or longer than
   *  1,024 bytes, UNAVAILABLE (transient) when too many wait. */
  make(password: string): Promise<Partial<Record<VerifierScheme, string>>>
  /** Whether `password` is the one behind `stored`: {ARGON2}, {SSHA512}, {SSHA256}, {SSHA}, {SHA512}, {SHA}. False
   *  for clear text, an unknown scheme, a broken value, or argon2 costs above 256 MiB, 10 passes, 16 lanes. Never
   *  rejects, but with UNAVAILABLE (transient) when too many wait: false would call a right password wrong. */
  check(stored: string, password: string | Buffer): Promise<boolean>
  /** As `check`, at once, where that takes microseconds: every scheme but {ARGON2}; null: ask `check`. */
  checkAtOnce(stored: string, password: Buffer): boolean | null
  /** Resolves when no argon2 computation waits for a place to run, or when `signal` aborts. */
  caughtUp(signal: AbortSignal): Promise<void>
}

/** Most that a stored argon2 value may make us spend: whoever can write one must not be able to stall us. */
const caps = { memoryKib: 262_144, passes: 10, lanes: 16, length: 512 }
const argon2Form =
  /^\$argon2(?:id|i|d)\$v=\d{1,3}\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,3})\$[A-Za-z0-9+/]+\$[A-Za-z0-9+/]+$/
const saltLength = 16

/** Makes and checks password verifiers, at most `concurrency` argon2 computations at once. */
export function createVerifiers(options: VerifierOptions): Verifiers {
  const { schemes, chance, argon2, waiting = 512 } = options
  const gate = createGate({ concurrency: options.concurrency ?? availableParallelism(), waiting })

  const makeOne = async (scheme: VerifierScheme, password: string): Promise<string> => {
    const salt = chance.bytes(saltLength)
    if (scheme !== 'argon2id') return makeSalted(scheme, password, salt)
    const encoded = await gate.run(() =>
      argon2Hash(password, {
        // The library's default algorithm is argon2id (its enum cannot be imported from stripped TypeScript).
        memoryCost: argon2.memory_kib,
        timeCost: argon2.passes,
        parallelism: argon2.lanes,
        salt,
      }),
    )
    return `{ARGON2}${encoded}`
  }

  return {
    async make(password) {
      const length = Buffer.byteLength(password)
      if (length === 0 || length > passwordLimit) {
        const reasons = [length === 0 ? 'TOO_SHORT' : 'TOO_LONG']
        throw new IdentityError('PASSWORD_REFUSED', 'A password has 1 to 1,024 bytes.', {
          details: { reasons },
        })
      }
      const made: Partial<Record<VerifierScheme, string>> = {}
      for (const scheme of schemes) made[scheme] = await makeOne(scheme, password)
      return made
    },
    async check(stored, password) {
      const given = typeof password === 'string' ? Buffer.from(password, 'utf8') : password
      const answer = checkAtOnce(stored, given)
      if (answer !== null) return answer
      const { value } = schemeOf(stored)
      return gate.run(() => argon2Verify(value, given).catch(() => false))
    },
    checkAtOnce,
    caughtUp: (signal) => gate.caughtUp(signal),
  }
}

/** Null only for an argon2 value that may be computed. */
function checkAtOnce(stored: string, password: Buffer): boolean | null {
  if (password.length === 0 || password.length > passwordLimit) return false
  const { scheme, value } = schemeOf(stored)
  if (scheme !== 'ARGON2') return checkSalted(scheme, value, password)
  return affordable(value) ? null : false
}

/** What stands between the braces, in upper case ('' if nothing does), and what follows them. */
function schemeOf(stored: string): { scheme: string; value: string } {
  const [, name = '', value = ''] = /^\{([A-Za-z0-9-]{1,16})\}(.*)$/s.exec(stored) ?? []
  return { scheme: name.toUpperCase(), value }
}

function affordable(value: string): boolean {
  if (value.length > caps.length) return false
  const [, memory, passes, lanes] = argon2Form.exec(value) ?? []
  if (memory === undefined) return false
  return Number(memory) <= caps.memoryKib && Number(passes) <= caps.passes && Number(lanes) <= caps.lanes
}
