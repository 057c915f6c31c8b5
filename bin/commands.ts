import { IdentityError } from '../platform/error.ts'
import { adopt } from './adopt.ts'
import { approveHold } from './approve.ts'
import type { Command, Desk, Given, Outcome } from './desk.ts'
import { doctor } from './doctor.ts'
import { explain } from './explain.ts'
import { publish } from './keys.ts'
import { ldif } from './ldif.ts'
import { list } from './lists.ts'
import { lockAccount, unlockAccount } from './lock.ts'
import { upToDate } from './migrate.ts'
import { newAddress } from './new-address.ts'
import { showPlan } from './plan.ts'
import { sync } from './sync.ts'

/** The commands that work on an open house, their own or that of a running `up`. */
export const commands: Readonly<Record<string, Command>> = {
  plan: showPlan,
  sync,
  approve: approveHold,
  adopt,
  doctor,
  explain,
  'keys publish': publish,
  ldif,
  lock: lockAccount,
  unlock: unlockAccount,
  'new-address': newAddress,
  migrate: upToDate,
  'shared-addresses': list('shared-addresses'),
  'invalid-addresses': list('invalid-addresses'),
  vanished: list('vanished'),
  duplicates: list('duplicates'),
  conflicts: list('conflicts'),
  'key-faults': list('key-faults'),
  'set-aside': list('set-aside'),
}

/** Runs a command on a desk. Throws IdentityError. */
export async function runCommand(name: string, desk: Desk, given: Given): Promise<Outcome> {
  const command = commands[name]
  if (command === undefined) throw new IdentityError('USAGE', `there is no command ${name}`)
  return command.run(desk, given)
}
