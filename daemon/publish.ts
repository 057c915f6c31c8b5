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

/** Writes the key feed for card, certificate and Apogée: `COD_ETU;CLE;VERSION;ETAT;DATE`, the key only while it waits
 *  (rules: the key). Whole file, atomically, readable by us alone; a feed that says nothing new is not written again.
 *  Returns how many lines it has, or null when no path is set. Nothing is written before the directories are taken over. */
export async function publishKeys(rooms: Rooms): Promise<number | null> {
  const { registry, ring, clock, rules, log } = rooms
  if (rules.keysPath === null) return null
  if (!(await isTakenOver(rooms))) return 0
  const lines = ['COD_ETU;CLE;VERSION;ETAT;DATE']
  let after = ''
  for (;;) {
    const keys = await keysToPublish(registry.db, after, batch)
    const last = keys.at(-1)
    if (last === undefined) break
    after = last.number
    for (const { number, version, state: stored, right_kind, sealed, since } of keys) {
      const state = keyState(stored, right_kind === 'open')
      const key = state === 'waiting' && sealed !== null ? await ring.unseal('key', sealed) : ''
      lines.push([number, key, version, words[state], since.toISOString()].join(';'))
    }
  }
  const text = `${lines.join('\n')}\n`
  // A MAC, since the plain digest of a feed could be tried against guessed keys.
  const digest = ring.mac('publication', createHash('sha256').update(text).digest('hex'))
  const last = await lastPublication(registry.db)
  const rows = lines.length - 1
  if (last?.digest === digest && last.path === rules.keysPath) return rows
  await writeAtomically(rules.keysPath, text, 0o600)
  await rememberPublication(registry.db, { at: clock.now(), path: rules.keysPath, rows, digest })
  log.info('keys-published', { rows })
  return rows
}
