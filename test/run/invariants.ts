import { auditTellsAll } from './invariants/audit.ts'
import { foreignIsUntouched } from './invariants/foreign.ts'
import { lettersComeOnce } from './invariants/letters.ts'
import { lastPasswordWins, secretsWorkOnce } from './invariants/passwords.ts'
import { nobodyElseSignsIn, nobodyLosesWithoutFact } from './invariants/rights.ts'
import { secretsStayHidden } from './invariants/secrets.ts'
import { everythingSettles } from './invariants/settled.ts'
import { invariants, type Broken, type Invariant, type Seen, type World } from './invariants/world.ts'

export { viewOf, type DirectoryView } from './invariants/directory-view.ts'
export type { Attempt, Broken, Planted, World } from './invariants/world.ts'

const checks: Readonly<Record<Invariant, (seen: Seen) => Promise<string[]>>> = {
  I1: nobodyElseSignsIn,
  I2: lastPasswordWins,
  I3: secretsWorkOnce,
  I4: nobodyLosesWithoutFact,
  I5: lettersComeOnce,
  I6: secretsStayHidden,
  I7: auditTellsAll,
  I8: everythingSettles,
  I9: foreignIsUntouched,
}

/** The one checker: what of the nine invariants does not hold in a world whose faults have ended. */
export async function checkInvariants(world: World): Promise<readonly Broken[]> {
  const entries = new Map<string, Awaited<ReturnType<World['directories'][number]['read']>>>()
  for (const directory of world.directories) entries.set(directory.name, await directory.read())
  const broken: Broken[] = []
  for (const invariant of invariants) {
    const details = await checks[invariant]({ ...world, entries })
    broken.push(...details.map((detail) => ({ invariant, detail })))
  }
  return broken
}
