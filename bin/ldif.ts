import { fillOf } from '../daemon/fill.ts'
import { mailboxTarget } from '../domain/profiles/mailbox.ts'
import { IdentityError } from '../platform/error.ts'
import { writeAtomically } from '../platform/files.ts'
import type { Command } from './desk.ts'

/** `ldif TARGET`: everybody's entry, for the first fill of a directory by `slapadd -q -w`. The file holds verifiers: 0600. */
export const ldif: Command = {
  needsDirectories: false,
  async run({ rooms }, given) {
    const name = String(given['target'] ?? '')
    const path = String(given['out'] ?? '')
    const directories = rooms.targets.filter((each) => each.name !== mailboxTarget)
    const target = directories.find((each) => each.name === name)
    if (target === undefined) {
      const known = directories.map((each) => each.name).join(', ')
      throw new IdentityError('USAGE', `there is no target ${name}; there are ${known}`)
    }
    using advance = rooms.advances.begin(`${name}: entries written`)
    let entries = 0
    const fill = fillOf(rooms, target, (count) => {
      advance.by(count - entries)
      entries = count
    })
    await writeAtomically(path, fill).catch((cause: unknown) => {
      const { code } = cause as NodeJS.ErrnoException
      if (code === undefined || cause instanceof IdentityError) throw cause
      throw new IdentityError('USAGE', `${path} cannot be written (${code})`, { cause })
    })
    return { data: { target: name, entries, path }, text: `${entries} entries of ${name} in ${path}\n` }
  },
}
