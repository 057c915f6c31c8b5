import type { Attempt, Seen } from './world.ts'

/** I2: the last acknowledged password opens everywhere, and no other one anywhere. A later attempt whose answer never
 *  came may have won, or not; then it is the same in every directory. */
export async function lastPasswordWins({ attempts, directories, source }: Seen): Promise<string[]> {
  const broken: string[] = []
  for (const [number, tried] of Map.groupBy(attempts, (attempt) => attempt.number)) {
    if (!source.entitled.has(number)) continue
    const passwords = [...new Set(tried.map(({ password }) => password))]
    const opening: (readonly string[])[] = []
    for (const directory of directories) {
      const opens: string[] = []
      for (const password of passwords) if (await directory.bind(number, password)) opens.push(password)
      opening.push(opens)
    }
    const which = (password: string) => `${passwords.indexOf(password) + 1} of ${passwords.length}`
    const told = opening.map(
      (opens, at) => `${directories[at]?.name ?? ''}: ${opens.map(which).join(' and ') || 'none'}`,
    )
    if (!possible(tried).some((only) => opening.every((opens) => opens.join('\n') === only)))
      broken.push(`${number}: passwords that open are ${told.join(', ')}`)
  }
  return broken
}

/** The passwords of which one may be the one, '' for none. */
function possible(tried: readonly Attempt[]): string[] {
  const last = tried.findLastIndex(({ outcome }) => outcome === 'acknowledged')
  const since = tried.slice(Math.max(last, 0)).filter(({ outcome }) => outcome !== 'refused')
  return [...since.map(({ password }) => password), ...(last < 0 ? [''] : [])]
}

/** I3: a key or a token works once at most. */
export async function secretsWorkOnce({ registry, attempts }: Seen): Promise<string[]> {
  const acknowledged = attempts.filter(({ outcome }) => outcome === 'acknowledged')
  const twice = [...Map.groupBy(acknowledged, ({ secret }) => secret).values()]
    .filter((uses) => uses.length > 1)
    .map(([use]) => `${use?.number ?? ''}: a ${use?.by ?? ''} was taken twice`)

  const acts = await registry
    .selectFrom('audit')
    .innerJoin('account', 'account.number', 'audit.number')
    .select(['account.number', 'action', 'facts'])
    .where('action', 'in', ['activated', 'password-reset'])
    .execute()
  const byKey = acts.filter(({ action }) => action === 'activated')
  const keys = [...Map.groupBy(byKey, ({ number, facts }) => `${number} version ${String(facts['key'])}`)]
    .filter(([, uses]) => uses.length > 1)
    .map(([key]) => `${key}: a key was used twice`)

  const tokens = await registry
    .selectFrom('reset_token')
    .select('number')
    .where('used_at', 'is not', null)
    .execute()
  const used = Map.groupBy(tokens, ({ number }) => number)
  const byToken = acts.filter(({ action }) => action === 'password-reset')
  const links = [...Map.groupBy(byToken, ({ number }) => number)]
    .filter(([number, uses]) => uses.length > (used.get(number)?.length ?? 0))
    .map(([number]) => `${number}: more resets than links used`)
  return [...twice, ...keys, ...links]
}
