import { deliver } from '../../daemon/letter/deliver.ts'
import { pass } from '../../daemon/pass.ts'
import type { StudentRecord } from '../../domain/person.ts'
import type { Received } from '../run/mail-server.ts'
import { day } from '../run/moved-clock.ts'
import { openStage, type Stage, type StageOptions } from '../run/stage.ts'

/** A house that mails keys the next morning at seven, as a university does; the demonstration does not wait. */
export async function openGuideStage(options: StageOptions = {}): Promise<Stage> {
  const stage = await openStage(options)
  const { letters } = stage.rooms.rules
  const rooms = stage.under({ letters: { ...letters, sendAt: '07:00' } })
  return { ...stage, rooms, [Symbol.asyncDispose]: () => stage[Symbol.asyncDispose]() }
}

/** What the source says today, taken as fact; who is due a letter now gets it. */
export async function today(stage: Stage, records: readonly StudentRecord[]): Promise<void> {
  await stage.drop(records)
  await pass(stage.rooms)
  await deliver(stage.rooms, 1_000)
}

/** Tomorrow morning, an hour after the letters leave. */
export async function nextMorning(stage: Stage): Promise<void> {
  const at = new Date(stage.clock.now().getTime() + day).toISOString()
  stage.clock.set(`${at.slice(0, 10)}T06:00:00.000Z`)
  await pass(stage.rooms)
  await deliver(stage.rooms, 1_000)
}

export const subjects = {
  invitation: 'Activation de votre compte à Sorbonne Université.',
  reset: 'Réinitialisation de votre mot de passe Sorbonne Université',
  ready: 'Votre compte Sorbonne Université est prêt',
}

/** The letters with a subject that came to an address. */
export function lettersTo({ mail }: Stage, address: string, subject: string): Received[] {
  return mail.to(address).filter((letter) => letter.subject === subject)
}

/** The key in an invitation; null when there is none. */
export function keyIn(letter: Received | undefined): string | null {
  const [, key = null] = /^Clef d'activation : ([A-Z0-9]{12})$/m.exec(letter?.text ?? '') ?? []
  return key
}
