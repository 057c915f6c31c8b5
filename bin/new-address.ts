import { localPart } from '../domain/mail.ts'
import { namesOf } from '../domain/name.ts'
import { randomUuid } from '../platform/chance.ts'
import { IdentityError } from '../platform/error.ts'
import { giveNewAddress } from '../registry/new-address.ts'
import { personOf } from '../registry/records.ts'
import { studentOf } from '../registry/students.ts'
import type { Command } from './desk.ts'
import { pageRulesOf } from './rules.ts'
import { settledNow } from './settled-now.ts'

/** `new-address NUMBER`: the institutional address that goes with the name of now. The former one stays an alias. */
export const newAddress: Command = {
  needsDirectories: true,
  async run({ rooms, settings }, given) {
    const { registry, chance, clock } = rooms
    const number = String(given['number'] ?? '')
    const student = await studentOf(registry.db, number)
    if (student === null) throw new IdentityError('STUDENT_UNKNOWN', `no student ${number} is known`)
    const { mail: rules, names: use } = pageRulesOf(settings.config)
    const names = namesOf(personOf(student.person), use)
    const at = clock.now()
    const done = await registry.transaction((tx) =>
      giveNewAddress(
        tx,
        {
          number,
          local: localPart(names.given, names.family, number, rules),
          rules,
          actor: 'operator',
          reason: given['reason'] === undefined ? null : String(given['reason']),
          at,
        },
        { id: randomUuid(chance), kind: 'address-changed', number, address: null, once: null, dueAt: at },
      ),
    )
    if (done.outcome === 'unknown')
      throw new IdentityError('STUDENT_UNKNOWN', `no student ${number} is known`)
    if (done.outcome === 'none')
      throw new IdentityError(
        'ACCOUNT_MISSING',
        `${number} has no account yet: the address is formed when it is activated`,
      )
    if (done.outcome === 'unchanged')
      return {
        data: { number, mail: done.mail, changed: false },
        text: `${number} keeps ${done.mail}: it fits the name of now\n`,
      }
    const { settled, waiting, late } = await settledNow(rooms, number)
    return {
      data: { number, mail: done.mail, former: done.former, changed: true, settled, waiting },
      text: `${number} has ${done.mail} from now on; ${done.former} stays an alias${late}\n`,
    }
  },
}
