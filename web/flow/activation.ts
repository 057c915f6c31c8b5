import { foldTyped } from '../../domain/key.ts'
import { localPart } from '../../domain/mail.ts'
import { namesOf } from '../../domain/name.ts'
import { tokenAlphabet, tokenLength } from '../../domain/token.ts'
import { randomText, randomUuid } from '../../platform/chance.ts'
import { later } from '../../platform/clock.ts'
import { asIdentityError, IdentityError } from '../../platform/error.ts'
import { claimByKey, repeatedAnswer } from '../../registry/claims.ts'
import { personOf } from '../../registry/records.ts'
import { addressStateOf, type KeyHolder } from '../../registry/students.ts'
import type { KeyRow, PersonRow } from '../../registry/tables.ts'
import type { Activated, Flows } from '../flows.ts'
import { contextFor } from './context.ts'
import type { Door } from './door.ts'
import type { House } from './house.ts'
import { verifiersOf } from './password.ts'
import { spendTry, triesOf } from './tries.ts'

const day = 86_400_000
const repeatMs = 600_000

type KeyInput = Parameters<Flows['verifyKey']>[0]
interface Bearer {
  readonly person: PersonRow
  readonly key: Pick<KeyRow, 'version' | 'state'>
}
type ActivationInput = Parameters<Flows['activate']>[0]

/** Number and key, checked; nothing is used (guide: « Création de l'identité numérique », 3). */
export async function verifyKey(house: Door, input: KeyInput): Promise<{ context: string }> {
  const { person } = await bearerOfKey(house, input)
  return { context: await contextFor(house, person.number) }
}

/** Number, key and password: the account. One secret, one request, one transaction. */
export async function activate(house: Door, input: ActivationInput): Promise<Activated> {
  try {
    const activated = await repeated(house, input, () => activateOnce(house, input))
    house.metrics.activations.inc({ result: 'done' })
    return activated
  } catch (error) {
    house.metrics.activations.inc({ result: asIdentityError(error).code })
    throw error
  }
}

async function activateOnce(house: Door, input: ActivationInput): Promise<Activated> {
  const { registry, gathered, clock, chance, rules } = house
  const { person, key } = await bearerOfKey(house, input)
  const { number } = person
  const verifiers = await verifiersOf(house, input.password, person)

  const at = clock.now()
  const progress = randomText(chance, tokenAlphabet, tokenLength)
  const names = namesOf(personOf(person), rules.names)
  const address = addressStateOf(person) === 'usable' ? person.address : null
  const answer = (mail: string): Activated => ({ login: number, mail, progress, personal_address: address })
  const claim = {
    number,
    keyVersion: key.version,
    localPart: localPart(names.given, names.family, number, rules.mail),
    mailRules: rules.mail,
    verifiers,
    progress: { id: progress, expiresAt: later(at, rules.progressDays * day) },
    letter: address === null ? null : received(randomUuid(chance), progress, at),
    repeat:
      input.idempotencyKey === null ? null : { ...repetition(house, input), expiresAt: later(at, repeatMs) },
    answer,
    at,
  }
  const mail = await claimByKey(registry, claim, gathered.useKey)
  if (mail === null) {
    // Somebody was faster, or the facts moved a moment ago: say what holds now.
    const known = await knownByKey(house, input)
    if (known !== null) allowed(known)
    throw new IdentityError('KEY_REFUSED', 'the key could not be used')
  }
  return answer(mail)
}

/** Whose key this is. The same is asked of the registry, and the same said, for an unknown number, a wrong key and a
 *  student without any key; only the right key, now or once, learns more. */
async function bearerOfKey(house: Door, input: KeyInput): Promise<Bearer> {
  const giveBack = await spendTry(house, triesOf(house, input.network, input.studentNumber))
  const known = await knownByKey(house, input)
  if (known === null) throw new IdentityError('KEY_REFUSED', 'number and key do not go together')
  await giveBack()
  return allowed(known)
}

type Known = Omit<KeyHolder, 'keys'> & Pick<Bearer, 'key'>

/** Who has, or had, this key; null for whoever it does not fit. */
async function knownByKey({ gathered, ring, rules }: Door, input: KeyInput): Promise<Known | null> {
  const typed = foldTyped(input.key) ?? ''
  const known = await gathered.keyHolder(input.studentNumber)
  const keys = known === null || known.keys.length === 0 ? [null] : known.keys
  const nobodys = ring.mac('key', '')
  const key = keys
    .filter((row) => ring.macMatches('key', typed, row?.mac ?? nobodys))
    .find((row) => row !== null)
  if (!key || typed === '' || known === null) return null
  if (rules.asksBirthDate && known.person.birth_date !== input.birthDate) return null
  return { ...known, key }
}

/** Throws what keeps somebody who has the right key from using it. */
function allowed({ person, key, rightKind, locked }: Known): Bearer {
  if (key.state === 'used') throw new IdentityError('KEY_USED', 'this key has been used')
  if (key.state === 'replaced')
    throw new IdentityError('KEY_REPLACED', 'this key was replaced by a newer one')
  if (rightKind !== 'open' || locked) throw new IdentityError('RIGHT_MISSING', 'no current enrolment')
  if (person.address_shared) throw new IdentityError('ADDRESS_SHARED', 'the personal address is shared')
  return { person, key }
}

function received(id: string, progress: string, at: Date) {
  return {
    id,
    kind: 'activation-received' as const,
    address: null,
    dueAt: at,
    facts: { progress },
  }
}

/** The very same request, sent again within ten minutes, gets the very same answer. */
async function repeated(
  house: House,
  input: ActivationInput,
  act: () => Promise<Activated>,
): Promise<Activated> {
  if (input.idempotencyKey === null) return act()
  const { id, request } = repetition(house, input)
  const known = async () =>
    (await repeatedAnswer(house.registry, id, request, house.clock.now())) as Activated | null
  const before = await known()
  if (before !== null) return before
  try {
    return await act()
  } catch (error) {
    // Its twin may have won between our look and our claim.
    const since = asIdentityError(error).code === 'KEY_USED' ? await known() : null
    if (since !== null) return since
    throw error
  }
}

function repetition({ ring }: House, input: ActivationInput) {
  const { idempotencyKey, studentNumber, key, birthDate, password } = input
  return {
    id: ring.mac('repetition', idempotencyKey ?? ''),
    request: ring.mac('repetition', JSON.stringify([studentNumber, foldTyped(key), birthDate, password])),
  }
}
