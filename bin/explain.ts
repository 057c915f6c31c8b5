import { IdentityError } from '../platform/error.ts'
import { studentOf } from '../registry/students.ts'
import { explain as explainStudent } from '../web/helpdesk/explanation.ts'
import type { Command } from './desk.ts'
import { lookMs } from './look.ts'

/** `explain NUMBER`: right, account, key state, letters, promises, each target, and in one sentence why. */
export const explain: Command = {
  needsDirectories: false,
  async run({ rooms, settings }, given) {
    const { db } = rooms.registry
    const number = String(given['number'] ?? '')
    const student = await studentOf(db, number)
    if (student === null) throw new IdentityError('STUDENT_UNKNOWN', `no student ${number} is known`)
    const { limits, activation } = settings.config
    const { told } = await explainStudent(db, student, {
      targets: rooms.targets.map(({ name }) => name),
      asksBirthDate: activation.ask_birth_date,
      keyFailures: limits.key_failures,
      keyWindowMs: limits.key_window_seconds * 1000,
      sourceIntervalMs: lookMs(settings.config),
      now: rooms.clock.now(),
    })
    const states = Object.entries(told.targets).map(([name, { state }]) => `${name} ${state}`)
    const { right, account, key } = told
    const lines = [
      told.why,
      '',
      `right    ${right.kind} (${right.reason}) ${right.years.join(', ')}`,
      `account  ${account.state}${account.locked ? ', locked' : ''}  ${account.mail ?? ''}`,
      `address  ${told.address.state}`,
      `key      ${key.state}${key.version === null ? '' : `, version ${key.version}`}`,
      `targets  ${states.join(', ')}`,
      ...told.promises.map(
        ({ kind, target, due, kept }) =>
          `promise  ${kind} ${target ?? ''}  due ${due}  ${kept ? `kept ${kept}` : 'open'}`,
      ),
      '',
      ...told.timeline.map(({ at, what }) => `${at}  ${what}`),
    ]
    return { data: told, bare: true, text: `${lines.join('\n')}\n` }
  },
}
