import { open } from 'node:fs/promises'
import { z } from 'zod'
import type { Chance } from './chance.ts'
import type { Clock } from './clock.ts'
import { IdentityError } from './error.ts'
import { createAtomically, writeAtomically } from './files.ts'

/** One master key of the ring: 32 random bytes. */
export interface RingKey {
  readonly kid: string
  /** Instant of its making (ISO 8601, UTC). */
  readonly created: string
  readonly key: Buffer
}

const ringShape = z.strictObject({
  keys: z
    .array(
      z.strictObject({
        kid: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/),
        created: z.iso.datetime(),
        key: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
      }),
    )
    .min(1)
    .max(1_000)
    .refine((keys) => new Set(keys.map((key) => key.kid)).size === keys.length),
})

/** A fresh master key, made now. */
export function newKey(clock: Clock, chance: Chance): RingKey {
  return {
    kid: chance.bytes(8).toString('base64url'),
    created: clock.now().toISOString(),
    key: chance.bytes(32),
  }
}

/** The keys in `file`, the current one first; null when there is no such file. Rejects with IdentityError
 *  SETTINGS_INVALID when it cannot be read, is not a ring, or others than its owner and group may read it. */
export async function readRing(file: string): Promise<RingKey[] | null> {
  let handle
  try {
    handle = await open(file, 'r')
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw new IdentityError('SETTINGS_INVALID', `The key ring ${file} cannot be read.`, { cause })
  }
  try {
    const { mode } = await handle.stat()
    if ((mode & 0o027) !== 0) {
      const message = `The key ring ${file} is open to others: make it readable by its owner alone (chmod 600).`
      throw new IdentityError('SETTINGS_INVALID', message)
    }
    return parse(file, await handle.readFile('utf8'))
  } finally {
    await handle.close()
  }
}

/** Writes the first ring; when another process was faster, answers with the ring that it wrote. */
export async function writeNewRing(file: string, first: RingKey): Promise<RingKey[]> {
  try {
    if (await createAtomically(file, format([first]))) return [first]
  } catch (cause) {
    throw new IdentityError('SETTINGS_INVALID', `The key ring ${file} cannot be written.`, { cause })
  }
  const theirs = await readRing(file)
  if (theirs === null) throw new IdentityError('SETTINGS_INVALID', `The key ring ${file} vanished.`)
  return theirs
}

/** Replaces the ring, whole. */
export async function writeRing(file: string, keys: readonly RingKey[]): Promise<void> {
  await writeAtomically(file, format(keys))
}

function parse(file: string, text: string): RingKey[] {
  try {
    const { keys } = ringShape.parse(JSON.parse(text))
    return keys.map(({ kid, created, key }) => ({ kid, created, key: Buffer.from(key, 'base64url') }))
  } catch {
    // The cause is left out: a parser may quote what it could not read, and that is a key.
    throw new IdentityError('SETTINGS_INVALID', `${file} is not a key ring: restore it from a backup.`)
  }
}

function format(keys: readonly RingKey[]): string {
  const plain = keys.map(({ kid, created, key }) => ({ kid, created, key: key.toString('base64url') }))
  return `${JSON.stringify({ keys: plain }, null, 2)}\n`
}
