import type { Rooms } from '../../daemon/rooms.ts'
import type { Lane, Target } from '../../daemon/target/target.ts'

/** The same rooms, in which `between` is called, and waited for, wherever the daemon waits for something outside of it:
 *  after each statement, before and after each transaction, and on both sides of each act on a directory. Not within a
 *  transaction: nobody else gets in there. */
export function atEveryAwait(rooms: Rooms, between: (place: string) => Promise<void>): Rooms {
  const { registry } = rooms
  const db = registry.db.withPlugin({
    transformQuery: ({ node }) => node,
    async transformResult({ result }) {
      await between('statement')
      return result
    },
  })
  const around = async <T>(place: string, act: () => Promise<T>): Promise<T> => {
    await between(`before ${place}`)
    const done = await act()
    await between(`after ${place}`)
    return done
  }
  return {
    ...rooms,
    registry: {
      ...registry,
      db,
      transaction: (act) => around('transaction', () => registry.transaction(act)),
    },
    targets: rooms.targets.map((target) => watched(target, around)),
  }
}

type Around = <T>(place: string, act: () => Promise<T>) => Promise<T>

function watched(target: Target, around: Around): Target {
  const lane = (name: 'pass' | 'nudge'): Lane => {
    const own = target.lane(name)
    return {
      read: (...asked) => around(`${target.name} read`, () => own.read(...asked)),
      apply: (...asked) => around(`${target.name} ${asked[0].kind}`, () => own.apply(...asked)),
    }
  }
  const lanes = { pass: lane('pass'), nudge: lane('nudge') }
  return {
    ...target,
    lane: (name) => lanes[name],
    async *scan(signal) {
      const scan = target.scan(signal)
      for (;;) {
        const next = await around(`${target.name} scan`, () => scan.next())
        if (next.done === true) return next.value
        yield next.value
      }
    },
    changesSince: (mark, signal) => around(`${target.name} changes`, () => target.changesSince(mark, signal)),
  }
}
