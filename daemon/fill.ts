import { formatLdif, type Written } from '../ldap-protocol/ldif.ts'
import type { Attributes } from '../domain/entry.ts'
import { heldFor } from '../domain/profile.ts'
import { randomUuid } from '../platform/chance.ts'
import { foreseeEntries } from '../registry/settlements.ts'
import { presentNumbers, sealedVerifiersOf, studentsOf } from '../registry/students.ts'
import { desiredEntry } from './entry.ts'
import type { Rooms } from './rooms.ts'
import type { Target } from './target/target.ts'

const batch = 1_000

/** Everybody's entry in a target, as LDIF for a directory that is filled while it is stopped (`slapadd -q -w`; without -w its syncprov hides them from whoever follows): by far the
 *  fastest way, where an online one is bound by a sync to disk for each entry. Each entry bears the entryUUID that we
 *  note for it here, so that it is ours when a pass finds it, and one that somebody else put there is not.
 *
 *  slapadd takes no line of version before the first entry, so there is none. It holds verifiers: what is made of it must be readable by us alone. `told` hears how many there were so far. */
export async function* fillOf(
  rooms: Rooms,
  { name, profile }: Target,
  told: (entries: number) => void,
): AsyncGenerator<string> {
  const { registry, ring, rules, chance } = rooms
  const { db } = registry
  let entries = 0
  let after = ''
  for (;;) {
    const numbers = await presentNumbers(db, after, batch)
    const last = numbers.at(-1)
    if (last === undefined) return
    after = last
    const sealed = await sealedVerifiersOf(db, numbers)
    const foreseen = (await studentsOf(db, numbers)).flatMap((student) => {
      const { number } = student.account
      const entry = desiredEntry(profile, student, rules)
      return entry === null ? [] : [{ number, entry, dn: entry.dn, uuid: randomUuid(chance) }]
    })
    // Noted first: an entry that is loaded and not known would be a stranger.
    const known = await foreseeEntries(db, name, foreseen, rooms.clock.now())
    let text = ''
    for (const { number, entry, uuid } of foreseen) {
      const verifier = heldFor(profile, sealed.get(number) ?? {})
      const password = verifier === undefined ? null : await ring.unseal('verifier', verifier)
      text += formatLdif(entry.dn, [
        ...attributesOf(entry.attributes, password),
        { type: 'entryUUID', values: [known.get(number) ?? uuid] },
      ])
    }
    entries += foreseen.length
    yield text
    told(entries)
  }
}

function attributesOf(attributes: Attributes, password: string | null): Written[] {
  return Object.entries(attributes).flatMap(([type, values]) => {
    if (type !== 'userPassword') return [{ type, values }]
    return password === null ? [] : [{ type, values: [password] }]
  })
}
