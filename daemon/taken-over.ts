import type { Registry } from '../registry/open.ts'
import { readMark, writeMark } from '../registry/standings.ts'
import type { Rooms } from './rooms.ts'
import type { Target } from './target/target.ts'

const markOf = (target: string) => `taken-over ${target}`

/** Notes that a target holds no student that we did not put there: found empty of them once, it needs no taking over.
 *  Until then nobody is invited, since whoever stands there already has an account (rules: taking over). One that hides
 *  from us who stands there is not found empty. */
export async function tellTakenOver(
  { registry, log, clock }: Rooms,
  target: Target,
  foreign: number,
): Promise<void> {
  if ((await readMark(registry.db, markOf(target.name))) !== null) return
  if (foreign === 0 && (await target.isInSight?.()) === false) {
    log.warn('not-taken-over', { target: target.name, hidden: true })
    return
  }
  if (foreign === 0) return writeMark(registry.db, markOf(target.name), clock.now().toISOString())
  log.warn('not-taken-over', { target: target.name, foreign })
}

/** Notes that somebody has taken over what stood in a target. */
export function markTakenOver({ registry, clock }: Rooms, { name }: Target): Promise<void> {
  return writeMark(registry.db, markOf(name), clock.now().toISOString())
}

/** Whether every target that is written has been taken over: before, no key leaves the house in any way. */
export async function isTakenOver({
  registry,
  targets,
}: Pick<Rooms, 'registry' | 'targets'>): Promise<boolean> {
  for (const target of targets.filter(({ mode }) => mode === 'write'))
    if (!(await isTargetTakenOver(registry, target))) return false
  return true
}

export async function isTargetTakenOver(registry: Registry, { name }: Target): Promise<boolean> {
  return (await readMark(registry.db, markOf(name))) !== null
}
