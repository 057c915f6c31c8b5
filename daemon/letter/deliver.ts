import { canonicalAddress } from '../../domain/address.ts'
import { later } from '../../platform/clock.ts'
import { asIdentityError, type IdentityError } from '../../platform/error.ts'
import { keysOf } from '../../registry/keys.ts'
import {
  claimLetters,
  letterEnded,
  letterRetried,
  letterSent,
  letterStillDue,
  unclaimLetters,
} from '../../registry/letters.ts'
import { progressOf } from '../../registry/progress.ts'
import { addressStateOf, bearersOfAddress, studentOf, type Student } from '../../registry/students.ts'
import { letterKinds, type LetterKind, type LetterRow } from '../../registry/tables.ts'
import { voidTokens } from '../../registry/tokens.ts'
import type { Rooms } from '../rooms.ts'
import { isTakenOver } from '../taken-over.ts'
import { facultyList } from './faculty-list.ts'
import { isReport } from '../report.ts'
import { returnPathOf } from '../bounce/return-path.ts'
import { atOnce, type Attachment } from './mailer.ts'
import { letterMarkup } from './markup.ts'
import { letterText } from './texts.ts'
import { whomToAsk } from './whom-to-ask.ts'

/** Taken letters are begun within this, or given back: a claim outlives the attempt, or another sender would try too. */
const beginMs = 30_000
/** To write down how an attempt has ended. */
const noteMs = 30_000
const noteAttempts = 5
const longestWaitMs = 15 * 60_000

/** Sends up to `count` letters that are due. What a letter may say is decided when it leaves: a key is mailed only while
 *  it waits, to the address on record at that moment, to someone who has a right at that moment. Returns how many were
 *  taken. */
export async function deliver(rooms: Rooms, count: number, signal?: AbortSignal): Promise<number> {
  const except = await keptBack(rooms)
  const { registry, clock, mailer } = rooms
  const began = clock.monotonic()
  const claimMs = beginMs + mailer.longestMs + noteMs
  const letters = await claimLetters(registry.db, count, clock.now(), claimMs, except)
  const waiting = letters.values()
  const untried: string[] = []
  const work = async () => {
    for (const letter of waiting) {
      if (signal?.aborted || clock.monotonic() - began > beginMs) untried.push(letter.id)
      else await deliverOne(rooms, letter)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  await unclaimLetters(registry.db, untried)
  return letters.length
}

/** The kinds of letters that may not leave now. */
async function keptBack(rooms: Rooms): Promise<readonly LetterKind[]> {
  // Those who operate are told what is only observed; nobody else hears of it.
  if (rooms.rules.letters.mode === 'observe') return letterKinds.filter((kind) => !isReport(kind))
  // Where students stand that we did not put there, no key leaves before they are taken over.
  return (await isTakenOver(rooms)) ? [] : ['invitation', 'reminder']
}

async function deliverOne(rooms: Rooms, claimed: LetterRow): Promise<void> {
  const { registry, clock, log } = rooms
  const facts = { kind: claimed.kind, id: claimed.id }
  let to: string | null
  try {
    to = await send(rooms, claimed)
  } catch (thrown) {
    const error = asIdentityError(thrown)
    log.warn('letter-failed', { ...facts, code: error.code, attempts: claimed.attempts })
    return failed(rooms, claimed, error)
  }
  if (to === null) return
  const recipient = to
  // The server has it: from here on only the note is tried again, never the letter.
  for (let attempt = 1; ; attempt++) {
    try {
      await registry.transaction((tx) => letterSent(tx, claimed.id, recipient, clock.now()))
      break
    } catch (error) {
      log.error('letter-not-noted', { ...facts, attempt }, error)
      if (attempt === noteAttempts) return
      await clock.sleep(1_000 * attempt)
    }
  }
  rooms.metrics.letters.inc({ kind: claimed.kind, result: 'sent' })
  log.info('letter-sent', facts)
}

/** Sends a letter as it stands now; null when it may not leave any more. Where it went, once the server has it. */
async function send(rooms: Rooms, claimed: LetterRow): Promise<string | null> {
  const { registry, clock, mailer, rules } = rooms
  const letter = await letterStillDue(registry.db, claimed.id)
  if (letter === null) return null
  if (letter.expires_at !== null && letter.expires_at <= clock.now()) {
    await end(rooms, letter, 'cancelled', 'TOO_LATE')
    return null
  }
  const content = await compose(rooms, letter)
  if ('withheld' in content) {
    await end(rooms, letter, 'withheld', content.withheld)
    return null
  }
  const { subject, text } = await letterText(letter.kind, content.facts, rules.letters.templates)
  const { sender: from, returnPath, baseUrl } = rules.letters
  await mailer.send({
    messageId: `${letter.id}@${new URL(baseUrl).hostname}`,
    from,
    ...(returnPath === null ? {} : { returnPath: returnPathOf(returnPath, letter.id) }),
    to: content.to,
    subject,
    text,
    html: letterMarkup(subject, text),
    ...(content.attachments ? { attachments: content.attachments } : {}),
  })
  return content.to
}

/** Another try later, or none: refused for good, or put off by the server for longer than `letters.retry_hours`. A
 *  server that cannot be reached, or does not want us, condemns no letter. */
async function failed(rooms: Rooms, letter: LetterRow, error: IdentityError): Promise<void> {
  const { registry, clock, rules, metrics } = rooms
  const at = clock.now()
  const since = letter.first_tried_at ?? at
  const heard = error.details['heard'] === true
  const givenUp = heard && at.getTime() - since.getTime() > rules.letters.retryHours * 3_600_000
  if (error.code === 'LETTER_REFUSED' || givenUp) return end(rooms, letter, 'refused', error.code)
  metrics.letters.inc({ kind: letter.kind, result: 'retried' })
  const wait = Math.min(5_000 * 2 ** Math.min(letter.attempts, 10), longestWaitMs)
  await letterRetried(registry.db, letter.id, { reason: error.code, nextAt: later(at, wait), heard })
}

/** A letter will not leave, and a link that it carried opens nothing any more. */
async function end(
  rooms: Rooms,
  letter: LetterRow,
  state: 'refused' | 'cancelled' | 'withheld',
  reason: string,
) {
  const at = rooms.clock.now()
  await rooms.registry.transaction(async (tx) => {
    // Withdrawn meanwhile, for a newer link perhaps: that one is not to be touched.
    if ((await letterStillDue(tx, letter.id)) === null) return
    if (letter.kind === 'reset' && letter.number !== null) await voidTokens(tx, [letter.number], at)
    await letterEnded(tx, letter.id, state, reason, at)
  })
  rooms.metrics.letters.inc({ kind: letter.kind, result: state })
}

type Content =
  | {
      readonly to: string
      readonly facts: Readonly<Record<string, string>>
      readonly attachments?: readonly Attachment[]
    }
  | { readonly withheld: string }

async function compose(rooms: Rooms, letter: LetterRow): Promise<Content> {
  const { registry, ring, rules } = rooms
  const page = `${rules.letters.baseUrl}/creation-motdepasse`
  const student = letter.number === null ? null : await studentOf(registry.db, letter.number)
  const common = {
    page,
    resetPage: `${page}/#/reinitmdp-mail`,
    webmail: rules.letters.webmail ?? page,
    ...whomToAsk(student?.enrolments ?? [], rules),
  }
  const to = letter.address ?? addressOnRecord(student)
  if (to === null) return { withheld: 'NO_ADDRESS' }
  if (letter.kind === 'address-shared') {
    const shared = await bearersOfAddress(registry.db, canonicalAddress(to))
    return shared.some(({ person }) => person.address_shared)
      ? { to, facts: common }
      : { withheld: 'NOT_SHARED' }
  }
  if (letter.kind === 'faculty-list') {
    const list = await facultyList(rooms, letter.facts['faculty'] ?? '')
    return list === null ? { withheld: 'NOTHING_TO_SAY' } : { to, ...list }
  }
  if (isReport(letter.kind)) return { to, facts: { ...common, ...letter.facts } }
  if (letter.number === null) return { to, facts: common }
  if (student === null) return { withheld: 'STUDENT_UNKNOWN' }
  const facts = { ...common, number: letter.number, mail: student.account.mail ?? '' }

  if (letter.kind === 'invitation' || letter.kind === 'reminder') {
    const key = (await keysOf(registry.db, letter.number)).find(({ state }) => state === 'waiting')
    const { right_kind: right, locked } = student.account
    const due = right === 'open' && !locked && String(key?.version) === letter.facts['version']
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
  if (letter.kind === 'closing-soon') {
    // Enrolled again meanwhile, or gone: there is nothing to warn of.
    if (student.account.right_kind !== 'grace') return { withheld: 'NOT_ENTITLED' }
    return { to, facts: { ...facts, lastDay: civil(letter.facts['last'] ?? '') } }
  }
  const progress = letter.facts['progress']
  // Sent again, or late, after the page that it names has run out.
  const followed =
    progress !== undefined && (await progressOf(registry.db, progress, rooms.clock.now())) !== null
  return { to, facts: { ...facts, progress: followed ? `${page}/#/suivi/${progress}` : '' } }
}

/** `2026-11-30` as `30/11/2026`. */
function civil(day: string): string {
  return day.split('-').reverse().join('/')
}

function addressOnRecord(student: Student | null): string | null {
  return student !== null && addressStateOf(student.person) === 'usable' ? student.person.address : null
}
