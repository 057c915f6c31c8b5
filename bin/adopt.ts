import { adopt as adoptAll, type ConflictReason } from '../daemon/adopt.ts'
import { judge } from '../daemon/judge.ts'
import { facts } from '../daemon/leadership.ts'
import { read } from '../daemon/read.ts'
import { IdentityError } from '../platform/error.ts'
import type { Command } from './desk.ts'

const reasons: Readonly<Record<ConflictReason, string>> = {
  NOBODY_ALIKE: 'the number is a student of the record, and neither INE nor birth date nor name agrees',
  SEVERAL: 'several entries bear this number',
  MAIL_TAKEN: 'its address was given to somebody else',
}
const shown = 50

/** `adopt [--dry-run]`: takes over the students who stand in the directories already. */
export const adopt: Command = {
  needsDirectories: true,
  async run({ rooms }, given) {
    if (!rooms.leadership.leads(facts))
      throw new IdentityError('LEADER_ELSEWHERE', 'another daemon leads: ask it, in its home')
    const dryRun = given['dryRun'] === true
    const reading = await read(rooms)
    if (reading.state === 'refused') throw new IdentityError(reading.code, reading.message)
    await judge(rooms)
    const done = await adoptAll(rooms, { dryRun })
    const would = dryRun ? 'would be' : 'are'
    const lines = [
      `${done.adopted} students ${would} taken over, with ${done.verifiers} passwords as they are; no letter, no key.`,
      ...Object.entries(done.entries).map(
        ([target, count]) =>
          `  ${target.padEnd(16)}${count} entries; ${done.unknown[target] ?? 0} of numbers that the record does not know, left alone`,
      ),
      `${done.conflicts.length} conflicts, left untouched${done.conflicts.length > shown ? `; the first ${shown}` : ''}`,
      ...done.conflicts
        .slice(0, shown)
        .map(({ number, target, reason }) => `  ${number}  ${target.padEnd(16)}${reasons[reason]}`),
    ]
    return { data: { dryRun, ...done }, text: `${lines.join('\n')}\n` }
  },
}
