import { numberOf, type Seen } from './world.ts'

/** I1: nobody without a right has a usable password anywhere, but those whose loss waits for approval. */
export async function nobodyElseSignsIn(seen: Seen): Promise<string[]> {
  const { registry, source, attempts, directories, planted, entries } = seen
  const waiting = await registry
    .selectFrom('hold_member')
    .innerJoin('hold', 'hold.digest', 'hold_member.digest')
    .select('hold_member.number')
    .where('hold.approved_at', 'is', null)
    .where('hold.ended_at', 'is', null)
    .execute()
  const allowed = new Set([...source.entitled, ...waiting.map(({ number }) => number)])
  const foreign = new Set(planted.filter(({ whole }) => whole).map(({ dn }) => dn.toLowerCase()))
  const broken: string[] = []
  for (const directory of directories) {
    for (const [dn, values] of entries.get(directory.name) ?? []) {
      const number = numberOf(values)
      if (number === null || allowed.has(number) || foreign.has(dn)) continue
      if (values['userpassword']) broken.push(`${directory.name}: ${number} has no right and has a password`)
    }
    for (const { number, password } of attempts) {
      if (!allowed.has(number) && (await directory.bind(number, password)))
        broken.push(`${directory.name}: ${number} has no right and signs in`)
    }
  }
  return broken
}

/** I4: nobody is disabled or removed of whom the source never said that their right has ended. */
export async function nobodyLosesWithoutFact({
  registry,
  source,
  directories,
  entries,
}: Seen): Promise<string[]> {
  const acts = await registry
    .selectFrom('audit')
    .innerJoin('account', 'account.number', 'audit.number')
    .select(['account.number', 'action'])
    .where('action', 'in', ['suspended', 'closed', 'purged'])
    .execute()
  const acted = acts
    .filter(({ number }) => !source.ended.has(number))
    .map(({ number, action }) => `${number} was ${action} without a fact`)

  const accounts = await registry.selectFrom('account').select(['number', 'state', 'locked']).execute()
  const kept = accounts.filter(({ number }) => source.entitled.has(number))
  const disabled = kept
    .filter(({ state, locked }) => locked || ['suspended', 'closed', 'purged'].includes(state))
    .map(({ number, state }) => `${number} has a right and is ${state}`)
  const removed = directories.flatMap(({ name }) => {
    const there = new Set([...(entries.get(name) ?? new Map()).values()].map(numberOf))
    return kept
      .filter(({ number, state }) => state === 'active' && !there.has(number))
      .map(({ number }) => `${name}: ${number} is active and has no entry`)
  })
  return [...acted, ...disabled, ...removed]
}
