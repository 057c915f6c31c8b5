import { canonicalAddress } from '../../domain/address.ts'
import { later } from '../../platform/clock.ts'
import { asIdentityError } from '../../platform/error.ts'
import { keysOf } from '../../registry/keys.ts'
import {
  claimLetters,
  letterEnded,
  letterRetried,
  letterSent,
  unclaimLetters,
} from '../../registry/letters.ts'
import { addressStateOf, studentOf, type Student } from '../../registry/students.ts'
import type { LetterRow } from '../../registry/tables.ts'
import type { Rooms } from '../rooms.ts'
import { letterText } from './texts.ts'

/** A claim outlives any honest attempt; after it, another sender may try. */
const claimMs = 120_000
/** As many as the mail server has connections from us; more would only crowd the registry. */
const atOnce = 5
const longestWaitMs = 15 * 60_000

/** Sends up to `count` letters that are due. What a letter may say is decided when it leaves: a key is mailed only while
 *  it waits, to the address on record at that moment, to someone who has a right at that moment. Returns how many were
 *  taken. */
export async function deliver(rooms: Rooms, count: number, signal?: AbortSignal): Promise<number> {
  if (rooms.rules.letters.mode === 'observe') return 0
  const letters = await claimLetters(rooms.registry.db, count, rooms.clock.now(), claimMs)
  const waiting = letters.values()
  const untried: string[] = []
  const work = async () => {
    for (const letter of waiting) {
      if (signal?.aborted) untried.push(letter.id)
      else await deliverOne(rooms, letter)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  await unclaimLetters(rooms.registry.db, untried)
  return letters.length
}

async function deliverOne(rooms: Rooms, letter: LetterRow): Promise<void> {
  const { registry, clock, mailer, rules, metrics, log } = rooms
  const facts = { kind: letter.kind, id: letter.id }
  try {
    const now = clock.now()
    if (letter.expires_at !== null && letter.expires_at <= now) {
      await end(rooms, letter, 'cancelled', 'TOO_LATE')
      return
    }
    const content = await compose(rooms, letter)
    if ('withheld' in content) {
      await end(rooms, letter, 'withheld', content.withheld)
      return
    }

    const { subject, text } = await letterText(letter.kind, content.facts, rules.letters.templates)
    const host = new URL(rules.letters.baseUrl).hostname
    await mailer.send({
      messageId: `${letter.id}@${host}`,
      from: rules.letters.sender,
      to: content.to,
      subject,
      text,
    })
    await registry.transaction((tx) => letterSent(tx, letter.id, content.to, clock.now()))
    metrics.letters.inc({ kind: letter.kind, result: 'sent' })
    log.info('letter-sent', facts)
  } catch (thrown) {
    const error = asIdentityError(thrown)
    const at = clock.now()
    const givenUp = at.getTime() - letter.due_at.getTime() > rules.letters.retryHours * 3_600_000
    log.warn('letter-failed', { ...facts, code: error.code, attempts: letter.attempts })
    if (error.code === 'LETTER_REFUSED' || givenUp) return end(rooms, letter, 'refused', error.code)
    metrics.letters.inc({ kind: letter.kind, result: 'retried' })
    const wait = Math.min(5_000 * 2 ** Math.min(letter.attempts, 10), longestWaitMs)
    await letterRetried(registry.db, letter.id, error.code, later(at, wait))
  }
}

async function end(
  rooms: Rooms,
  letter: LetterRow,
  state: 'refused' | 'cancelled' | 'withheld',
  reason: string,
) {
  await rooms.registry.transaction((tx) => letterEnded(tx, letter.id, state, reason, rooms.clock.now()))
  rooms.metrics.letters.inc({ kind: letter.kind, result: state })
}

type Content = { readonly to: string; readonly facts: Record<string, string> } | { readonly withheld: string }

async function compose(rooms: Rooms, letter: LetterRow): Promise<Content> {
  const { registry, ring, rules } = rooms
  const page = `${rules.letters.baseUrl}/creation-motdepasse`
  const common = { page, resetPage: `${page}/#/reinitmdp-mail`, webmail: rules.letters.webmail ?? page }
  const student = letter.number === null ? null : await studentOf(registry.db, letter.number)
  const to = letter.address ?? addressOnRecord(student)
  if (to === null) return { withheld: 'NO_ADDRESS' }
  if (letter.number === null) return { to, facts: common }
  if (student === null) return { withheld: 'STUDENT_UNKNOWN' }
  const facts = { ...common, number: letter.number, mail: student.account.mail ?? '' }

  if (letter.kind === 'invitation') {
    const key = (await keysOf(registry.db, letter.number)).find(({ state }) => state === 'waiting')
    const due = student.account.right_kind === 'open' && String(key?.version) === letter.facts['version']
    if (!due || !key?.sealed) return { withheld: 'NOT_ENTITLED' }
    return { to, facts: { ...facts, key: await ring.unseal('key', key.sealed) } }
  }
  if (letter.kind === 'reset') {
    // Voided, or the address has come to be shared, since the link was asked for: no link is mailed to it any more.
    const known = addressOnRecord(student)
    if (letter.sealed === null || known === null || canonicalAddress(known) !== canonicalAddress(to))
      return { withheld: 'NOT_ENTITLED' }
    const token = await ring.unseal('token', letter.sealed)
    return { to, facts: { ...facts, link: `${page}/#/reinitmdp-token?token=${token}` } }
  }
  const progress = letter.facts['progress']
  return { to, facts: { ...facts, ...(progress ? { progress: `${page}/#/suivi/${progress}` } : {}) } }
}

function addressOnRecord(student: Student | null): string | null {
  return student !== null && addressStateOf(student.person) === 'usable' ? student.person.address : null
}
