import { judge } from '../daemon/judge.ts'
import { facts } from '../daemon/leadership.ts'
import { pass } from '../daemon/pass.ts'
import { read } from '../daemon/read.ts'
import { readAgain, type ReadAgainAnswer } from '../daemon/read-again.ts'
import type { Rooms } from '../daemon/rooms.ts'
import { settle } from '../daemon/settle.ts'
import { IdentityError } from '../platform/error.ts'
import { waitingHolds } from '../registry/holds.ts'
import { askToReadAgain } from '../registry/read-again.ts'
import { settlementOf, unsettle } from '../registry/settlements.ts'
import { studentOf } from '../registry/students.ts'
import type { Command, Desk, Outcome } from './desk.ts'

/** `sync --once`: answers for what lies at the source now, even if the daemon has just judged it: 0 accepted, 1 refused,
 *  3 held. `sync --student NUMBER`: reads one student again where the source can be asked so (a database can, a drop cannot
 *  and says so), and settles them in every target, even where it was refused before. */
export const sync: Command = {
  needsDirectories: true,
  async run(desk, given) {
    if (!desk.rooms.leadership.leads(facts))
      throw new IdentityError('LEADER_ELSEWHERE', 'another daemon leads: ask it, in its home')
    if (typeof given['student'] === 'string') return syncStudent(desk, given['student'])
    const { rooms, daemon } = desk
    const reading = await read(rooms, { again: true })
    const { judged } = daemon ? await daemon.runPass() : await pass(rooms)
    const holds = await waitingHolds(rooms.registry.db)
    const data = {
      reading,
      judged: judged.judged,
      holds: holds.map(({ digest, kind, target, members }) => ({ digest, kind, target, members })),
    }
    if (reading.state === 'refused')
      return {
        data,
        exit: 1,
        error: { code: reading.code, message: reading.message },
        text: `Snapshot refused: ${reading.code}: ${reading.message}\n`,
      }
    const lines = [
      `Snapshot ${reading.state}${'snapshot' in reading && reading.snapshot !== null ? ` (${reading.snapshot})` : ''}.`,
    ]
    for (const { digest, detail } of holds)
      lines.push(`Held: ${detail}. To approve: matricule approve ${digest}`)
    return { data, text: `${lines.join('\n')}\n`, exit: holds.length > 0 ? 3 : 0 }
  },
}

async function syncStudent({ rooms, settings }: Desk, number: string): Promise<Outcome> {
  const { registry, clock, targets, leadership } = rooms
  if (!/^[0-9]{7,8}$/.test(number))
    throw new IdentityError('USAGE', 'a student number is made of 7 or 8 digits')
  const source = await readAgain(rooms, await askToReadAgain(registry, { number, by: 'operator' }))
  if ((await studentOf(registry.db, number)) === null) {
    throw new IdentityError('STUDENT_UNKNOWN', `no student ${number} is known: ${toldOf(source)}`)
  }
  await judge(rooms)
  await registry.transaction((tx) => unsettle(tx, [number], clock.now()))
  const states: Record<string, string> = {}
  for (const target of targets.filter(({ mode }) => mode === 'write')) {
    if (leadership.leads(target.name)) await settle(rooms, target, number, target.lane('nudge'))
    else await settledElsewhere(rooms, target.name, number, settings.config.daemon.operation_timeout_seconds)
    const settlement = await settlementOf(registry.db, target.name, number)
    states[target.name] = settlement?.dn
      ? settlement.state
      : settlement?.state === 'settled'
        ? 'absent'
        : (settlement?.state ?? 'absent')
  }
  const lines = Object.entries(states).map(([target, state]) => `${target.padEnd(16)}${state}`)
  const failed = Object.values(states).some(
    (state) => state === 'unsettled' || state === 'refused' || state === 'held',
  )
  const told = Object.entries(states).map(([target, state]) => `${target} ${state}`)
  const error = failed
    ? { code: 'TARGET_REFUSED' as const, message: told.join(', ') }
    : source.result === 'refused' && source.code !== null
      ? { code: source.code, message: toldOf(source) }
      : null
  return {
    data: { number, source, targets: states },
    text: [`${'source'.padEnd(16)}${toldOf(source)}`, ...lines, ''].join('\n'),
    exit: error === null ? (source.result === 'held' ? 3 : 0) : 1,
    ...(error === null ? {} : { error }),
  }
}

/** What the source has said, in a few words. */
function toldOf({ result, code, message }: ReadAgainAnswer): string {
  if (result === 'absent') return 'shows nobody of that number; nothing follows from that'
  return [result, ...(code === null ? [] : [code]), ...(message === null ? [] : [message])].join(': ')
}

/** Tells the daemon that leads a target, and waits for what it does. */
async function settledElsewhere(
  { registry, clock }: Rooms,
  target: string,
  number: string,
  seconds: number,
): Promise<void> {
  await registry.nudge(number)
  for (let tries = 0; tries < seconds * 10; tries++) {
    if ((await settlementOf(registry.db, target, number))?.state !== 'unsettled') return
    await clock.sleep(100)
  }
}
