import { letterBounced, type BounceResult } from '../../registry/bounces.ts'
import type { Rooms } from '../rooms.ts'
import type { BounceMailbox, Place } from './mailbox.ts'
import { readReport } from './report.ts'

/** Messages of one visit: a morning of sixty thousand letters brings some thousands back. */
const perVisit = 500

/** What became of one message: what it did to a letter, or why nothing followed from it. */
type Result = BounceResult | 'delayed' | 'unreadable'

/** Where each goes. Whatever we do not understand, or is of no letter of ours, waits for a person. */
const places: Readonly<Record<Result, Place>> = {
  recorded: 'handled',
  known: 'handled',
  delayed: 'handled',
  'not-sent': 'aside',
  elsewhere: 'aside',
  'not-ours': 'aside',
  unreadable: 'aside',
}

/** Reads what has come back, and records it on the letters. Returns how many messages were read. */
export async function recordBounces(rooms: Rooms, mailbox: BounceMailbox): Promise<number> {
  const { metrics, log } = rooms
  return mailbox.empty(perVisit, async (source) => {
    const result = await recordOne(rooms, source)
    metrics.bounces.inc({ result })
    log.info('bounce', { result })
    return places[result]
  })
}

async function recordOne({ registry, clock, rules, metrics }: Rooms, source: Buffer): Promise<Result> {
  const { baseUrl, returnPath } = rules.letters
  const report = await readReport(source, { host: new URL(baseUrl).hostname, returnPath })
  if (report === null) return 'unreadable'
  if (!report.failed) return 'delayed'
  const { result, kind } = await registry.transaction((tx) =>
    letterBounced(tx, report.letter, { recipients: report.recipients, status: report.status }, clock.now()),
  )
  if (result === 'recorded' && kind !== null) metrics.letters.inc({ kind, result: 'bounced' })
  return result
}
