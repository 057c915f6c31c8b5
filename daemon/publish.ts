import { createHash } from 'node:crypto'
import { keyState, type KeyState } from '../domain/key.ts'
import { writeAtomically } from '../platform/files.ts'
import { keysToPublish, lastPublication, rememberPublication } from '../registry/keys.ts'
import type { Rooms } from './rooms.ts'
import { isTakenOver } from './taken-over.ts'

const words: Readonly<Record<KeyState, string>> = {
  waiting: 'attente',
  sleeping: 'dormante',
  used: 'utilisee',
  replaced: 'remplacee',
}
const batch = 1000

const header = 'COD_ETU;CLE;VERSION;ETAT;DATE'

/** Writes the key feed for card and Apogée, and the one for the certificate: `COD_ETU;CLE;VERSION;ETAT;DATE`, the key
 *  only while it waits (rules: the key). The certificate prints it for whoever cannot be written to, or for nobody. Whole
 *  files, atomically, readable by us alone; a feed that says nothing new is not written again. Returns how many lines it
 *  has, or null when no path is set. Nothing is written before the directories are taken over. */
export async function publishKeys(rooms: Rooms): Promise<number | null> {
  const { keysPath, certificate } = rooms.rules
  if (keysPath === null && certificate.path === null) return null
  if (!(await isTakenOver(rooms))) return 0
  const [feed, printed] = [[header], [header]]
  for await (const key of published(rooms)) {
    feed.push(line(key, key.key))
    printed.push(line(key, certificate.printsKey && !key.reachable ? key.key : ''))
  }
  if (keysPath !== null) await publish(rooms, keysPath, feed)
  if (certificate.path !== null) await publish(rooms, certificate.path, printed)
  return feed.length - 1
}

interface Published {
  readonly number: string
  /** In clear while it waits, else empty. */
  readonly key: string
  readonly version: number
  readonly state: KeyState
  readonly since: Date
  /** Whether the student has an address of their own to which the key is mailed. */
  readonly reachable: boolean
}

async function* published({ registry, ring }: Rooms): AsyncGenerator<Published> {
  let after = ''
  for (;;) {
    const keys = await keysToPublish(registry.db, after, batch)
    const last = keys.at(-1)
    if (last === undefined) return
    after = last.number
    for (const { state: stored, right_kind, sealed, ...rest } of keys) {
      const state = keyState(stored, right_kind === 'open')
      yield {
        ...rest,
        state,
        key: state === 'waiting' && sealed !== null ? await ring.unseal('key', sealed) : '',
      }
    }
  }
}

function line({ number, version, state, since }: Published, key: string): string {
  return [number, key, version, words[state], since.toISOString()].join(';')
}

async function publish(
  { registry, ring, clock, log }: Rooms,
  path: string,
  lines: readonly string[],
): Promise<void> {
  const text = `${lines.join('\n')}\n`
  // A MAC, since the plain digest of a feed could be tried against guessed keys.
  const digest = ring.mac('publication', createHash('sha256').update(text).digest('hex'))
  if ((await lastPublication(registry.db, path))?.digest === digest) return
  await writeAtomically(path, text, 0o600)
  const rows = lines.length - 1
  await rememberPublication(registry.db, { at: clock.now(), path, rows, digest })
  log.info('keys-published', { rows })
}
