import { generateUniversity } from '../../demo/generate.ts'
import { drawFrom, type Draw } from '../../demo/university/draw.ts'
import type { StudentRecord } from '../../domain/person.ts'
import { randomText, seededChance } from '../../platform/chance.ts'
import { viewOf } from '../run/invariants.ts'
import { today, type Scene } from './scene.ts'
import { activate, reachable, replay, reset, type Student } from './students.ts'

/** What passwords are drawn from. */
export const letters = 'abcdefghijkmnpqrstuvwxyz'

/** A September from a seed: people enrol, activate, forget their passwords, cancel, come back, change their address, and
 *  try old keys and links again. Whatever dies meanwhile is started again. Returns what the source said in the end. */
export async function tellStory(scene: Scene, seed: string): Promise<Said> {
  const chance = seededChance(`story ${seed}`)
  const draw = drawFrom(chance)
  const password = () => randomText(chance, letters, 24)
  const first = generateUniversity({ students: 60, seed, today })
  const said: Said = { entitled: new Set(), ended: new Set() }
  const say = async (records: readonly StudentRecord[]) => {
    await scene.source(records)
    for (const record of records) hear(said, record)
  }
  await plantEntries(scene)
  await say(first)

  const invited = shuffled(reachable(first), draw)
  const [chosen, second, third, fourth, fifth, sixth] = invited
  if (!chosen || !second || !third || !fourth || !fifth || !sixth)
    throw new Error('the university is too small')

  await Promise.all([chosen, second, third].map((student) => activate(scene, student, password())))
  await activate(scene, fourth, password())
  await plantAttributes(scene, chosen)
  await reset(scene, chosen, password())
  await reset(scene, chosen, password())

  const moved = { ...third, address: `moved.${third.number}@example.org` }
  const later = first
    .filter(({ person }) => person.number !== fourth.number)
    .map(changed(second.number, cancelled))
    .map(changed(fifth.number, cancelled))
    .map(changed('21100007', enrolledAgain))
    .map(changed('21100003', addressed('pauline.mercier@example.org')))
    .map(changed(moved.number, addressed(moved.address)))
  await say(later)
  await Promise.all([
    reset(scene, moved, password()),
    activate(scene, { number: '21100007', address: 'emma.annulee@example.net' }, password()),
    activate(scene, { number: '21100003', address: 'pauline.mercier@example.org' }, password()),
  ])

  const last = later.map(changed(second.number, enrolledAgain)).map(changed(sixth.number, cancelled))
  await say(last)
  await reset(scene, second, password())
  for (const former of scene.attempts.filter(({ outcome }) => outcome === 'acknowledged').slice(-3)) {
    await replay(scene, former, password())
  }
  return said
}

/** What follows from what the source has said: who has a right or grace now, and whose right it has ever ended. */
export interface Said {
  readonly entitled: Set<string>
  readonly ended: Set<string>
}

/** One who was not mentioned again keeps what they had: disappearing is not cancelling. */
export function hear({ entitled, ended }: Said, { person: { number }, enrolments }: StudentRecord): void {
  if (enrolments.some(({ state }) => state === 'E')) entitled.add(number)
  else {
    entitled.delete(number)
    ended.add(number)
  }
}

/** Somebody of the staff, in every directory, of whom we know nothing. */
async function plantEntries({ directories, planted }: Scene): Promise<void> {
  for (const directory of directories) {
    const { profile } = directory
    const dn = `uid=mdurand,${profile.base}`
    await directory.add(dn, {
      objectClass: ['inetOrgPerson'],
      uid: ['mdurand'],
      cn: ['Marguerite Durand'],
      sn: ['Durand'],
      mail: ['marguerite.durand@sorbonne-universite.fr'],
      description: ['bureau  12 ; à ne pas toucher'],
    })
    const values = (await viewOf(directory).read()).get(dn.toLowerCase())
    if (values === undefined) throw new Error(`${dn} was not planted`)
    planted.push({ directory: profile.name, dn, values, whole: true })
  }
}

/** A note of somebody else's in an entry of ours. */
async function plantAttributes(scene: Scene, { number }: Student): Promise<void> {
  const values = { description: ['carte refaite le 3 septembre'] }
  for (const directory of scene.directories) {
    const { profile } = directory
    const what = `the entry of ${number} in ${profile.name}`
    const found = await scene.until(what, () => directory.entry(number))
    await directory.modify(number, values)
    scene.planted.push({ directory: profile.name, dn: found.dn, values, whole: false })
  }
}

type Change = (record: StudentRecord) => StudentRecord

/** `change` for one student, and nothing for the others. */
function changed(number: string, change: Change): Change {
  return (record) => (record.person.number === number ? change(record) : record)
}

const inState =
  (state: 'A' | 'E'): Change =>
  ({ person, enrolments }) => ({ person, enrolments: enrolments.map((each) => ({ ...each, state })) })
const cancelled = inState('A')
const enrolledAgain = inState('E')

function addressed(address: string): Change {
  return ({ person, enrolments }) => ({ person: { ...person, annualAddress: address }, enrolments })
}

function shuffled<Item>(items: readonly Item[], draw: Draw): Item[] {
  return items
    .map((item) => ({ item, order: draw.below(1_000_000) }))
    .sort((one, other) => one.order - other.order)
    .map(({ item }) => item)
}
