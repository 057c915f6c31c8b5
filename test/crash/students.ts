import type { StudentRecord } from '../../domain/person.ts'
import type { Attempt } from '../run/invariants.ts'
import type { Scene } from './scene.ts'

/** A student at the page, who tries again when it does not answer, as people do. What was told to them is kept. */
export interface Student {
  readonly number: string
  readonly address: string
}

/** Uses the key of the invitation. */
export async function activate(scene: Scene, student: Student, password: string): Promise<void> {
  const key = await scene.until(`an invitation for ${student.number}`, () =>
    Promise.resolve(secretIn(scene, student.address, /^Clef d'activation : ([A-Z0-9]{12})$/m)),
  )
  await attempt(scene, student, 'key', key, password)
}

/** Asks for a link and uses it. A link that is refused has been used, or voided by a newer one. */
export async function reset(scene: Scene, student: Student, password: string): Promise<void> {
  const before = lettersWithLink(scene, student.address).length
  await scene.until(`a link for ${student.number} to be asked for`, async () => {
    const { status } = await scene.post('/reset-requests', { email: student.address })
    return status === 202 ? true : null
  })
  const token = await scene.until(`a link for ${student.number}`, () =>
    Promise.resolve(lettersWithLink(scene, student.address).slice(before).at(-1) ?? null),
  )
  await attempt(scene, student, 'token', token, password)
}

/** Tries a secret once more with another password, as whoever finds it would. */
export async function replay(scene: Scene, former: Attempt, password: string): Promise<void> {
  await attempt(scene, former, former.by, former.secret, password)
}

async function attempt(
  scene: Scene,
  { number }: Pick<Student, 'number'>,
  by: Attempt['by'],
  secret: string,
  password: string,
): Promise<void> {
  scene.secrets.add(secret)
  const note = (outcome: Attempt['outcome']) => scene.attempts.push({ number, by, secret, password, outcome })
  await scene.until(`${number}: an answer`, async () => {
    try {
      const { status, code } =
        by === 'key'
          ? await scene.post('/activation', { studentNumber: number, key: secret, password })
          : await scene.post('/reset', { token: secret, password })
      if (status === 503) return null
      note(status === 200 || status === 201 ? 'acknowledged' : 'refused')
      if (![200, 201, 403, 409].includes(status)) throw new Error(`${by}: ${status} ${code}`)
      return true
    } catch (error) {
      const { code } = ((error as Error).cause ?? {}) as { code?: string }
      if (code === 'ECONNREFUSED') return null
      note('unknown')
      throw error
    }
  })
}

function lettersWithLink({ mail }: Scene, address: string): string[] {
  return mail.to(address).flatMap(({ text }) => linkIn(text))
}

function linkIn(text: string): string[] {
  const [, token] = /reinitmdp-token\?token=([0-9A-Za-z]{30})$/m.exec(text) ?? []
  return token === undefined ? [] : [token]
}

function secretIn({ mail }: Scene, address: string, form: RegExp): string | null {
  const newest = mail.to(address).findLast(({ text }) => form.test(text))
  return form.exec(newest?.text ?? '')?.[1] ?? null
}

/** Students who are enrolled this year and have an address that is theirs alone. */
export function reachable(records: readonly StudentRecord[]): Student[] {
  const address = ({ person }: StudentRecord) => person.annualAddress ?? person.fixedAddress ?? ''
  const bearers = Map.groupBy(records, (record) => address(record).toLowerCase())
  return records
    .filter((record) => record.enrolments.some(({ year, state }) => year === '2026' && state === 'E'))
    .filter((record) => /^[^@\s]+@example\.(org|net|com)$/.test(address(record)))
    .filter((record) => bearers.get(address(record).toLowerCase())?.length === 1)
    .map((record) => ({ number: record.person.number, address: address(record) }))
}
