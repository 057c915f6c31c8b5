import { sql } from 'kysely'
import { tryCanary } from '../../daemon/canary/try.ts'
import { withoutCanary } from '../../daemon/canary/unseen.ts'
import type { Canary, Rooms } from '../../daemon/rooms.ts'
import type { Target } from '../../daemon/target/target.ts'
import type { CanaryResult } from '../../registry/canary.ts'
import type { Stage } from './stage.ts'

const hour = 3_600_000

/** The rooms of a stage with a canary, tried once an hour and given another password each day. */
export function withCanary({ rooms, house }: Stage, login = 'matricule-canari'): Rooms & { canary: Canary } {
  const canary = { login, everyMs: hour, renewMs: 24 * hour, verifiers: house.verifiers }
  return { ...rooms, canary, targets: rooms.targets.map((target) => withoutCanary(target, rooms.registry)) }
}

/** What becomes of the next try, in some targets or all: the last period is over. */
export async function tries(
  rooms: Rooms,
  targets: readonly Target[] = rooms.targets,
): Promise<(CanaryResult | null)[]> {
  await sql`update canary set tried_at = tried_at - interval '1 hour'`.execute(rooms.registry.db)
  return Promise.all(targets.map((target) => tryCanary(rooms, target)))
}

/** A day has passed since its passwords were chosen. */
export async function aDayLater({ registry }: Rooms): Promise<void> {
  await sql`update canary set chosen_at = chosen_at - interval '1 day'`.execute(registry.db)
}
