import { forwardingsOf, mailboxBearers } from '../../../registry/mailboxes.ts'
import { unavailable } from '../refusal.ts'
import type { Sighting } from '../target.ts'
import { askedFor, isPerson, type Box } from './accounts.ts'
import { attribute } from './envelope.ts'
import { foundOf, parsed, type Ask, type Desk } from './read.ts'

/** Objects of one page. Zimbra gathers the whole listing for the first one, and keeps it for the others in a session. */
const pageSize = 1_000

/** Every object of the domain that bears addresses: accounts as what they are, the others so that nobody is given an
 *  address of theirs. The listing itself may last `listingMs`. */
export async function* scan(
  desk: Desk,
  ask: Ask,
  listingMs: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<readonly Sighting[], null> {
  const { name, base: domain, managed } = desk.profile
  let session = ''
  let seen = 0
  for (;;) {
    signal?.throwIfAborted()
    const answer = await ask(
      'SearchDirectory',
      {
        '@domain': domain,
        '@types': 'accounts,distributionlists,dynamicgroups,aliases,resources',
        '@attrs': askedFor(managed),
        '@applyCos': '0',
        '@applyConfig': '0',
        // No bound: Zimbra's own would refuse a domain of more than 5,000.
        '@maxResults': '0',
        '@sortBy': 'name',
        '@limit': pageSize,
        '@offset': seen,
      },
      { timeoutMs: listingMs, session, reads: true },
    )
    session = answer.session ?? session
    const boxes = parsed(name, answer)
    seen += boxes.length
    yield await sightings(desk, boxes)
    if (isTrue(attribute(answer.body, 'more')) && boxes.length > 0) continue
    // A listing that changed under us, or that we may not read whole, is not taken for the truth.
    const total = Number(attribute(answer.body, 'searchTotal') ?? Number.NaN)
    if (seen === total) return null
    throw unavailable(name, `a listing of ${seen} objects is not the whole one`)
  }
}

async function sightings(desk: Desk, boxes: readonly Box[]): Promise<Sighting[]> {
  const { db } = desk.registry
  const accounts = boxes.filter(({ kind }) => kind === 'account')
  const bearers = await mailboxBearers(db, accounts)
  const bearerOf = new Map(accounts.map((box, index) => [box, bearers[index]]))
  const memories = await forwardingsOf(
    db,
    bearers.flatMap(({ number }) => number ?? []),
  )
  return Promise.all(
    boxes.map(async (box) => {
      const { number = null, isReserved = false } = bearerOf.get(box) ?? {}
      const found = await foundOf(desk, number, box, memories.get(number ?? ''))
      // Somebody's, and perhaps a student's: it must be taken over before any key leaves.
      const isStranger = number === null && !isReserved && isPerson(box)
      return { uuid: box.id, number, digest: found.digest, csn: null, isStranger, found: () => found }
    }),
  )
}

function isTrue(value: string | null): boolean {
  return value === '1' || value === 'true'
}
