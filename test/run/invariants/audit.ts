import { accountEvents, next, type AccountEvent, type AccountState } from '../../../domain/account.ts'
import type { Attempt, Seen } from './world.ts'

/** I7: the audit trail is complete and in order: it tells each account's life from its beginning to where it stands, and
 *  every password that was chosen. */
export async function auditTellsAll({ registry, attempts }: Seen): Promise<string[]> {
  const acts = await registry.selectFrom('audit').select(['at', 'action', 'number']).orderBy('id').execute()
  const accounts = await registry.selectFrom('account').select(['number', 'state']).execute()
  const keys = await registry.selectFrom('activation_key').select('number').execute()
  const told = Map.groupBy(acts, ({ number }) => number ?? '')
  const issued = Map.groupBy(keys, ({ number }) => number)
  const tried = Map.groupBy(attempts, ({ number }) => number)

  return accounts.flatMap(({ number, state }) => {
    const mine = told.get(number) ?? []
    const count = (action: string) => mine.filter((act) => act.action === action).length
    const mentions = (by: Attempt['by'], action: string) => {
      const outcomes = (tried.get(number) ?? [])
        .filter((attempt) => attempt.by === by)
        .map(({ outcome }) => outcome)
      const least = outcomes.filter((outcome) => outcome === 'acknowledged').length
      const most = least + outcomes.filter((outcome) => outcome === 'unknown').length
      return count(action) < least || count(action) > most
        ? [`${number}: ${action} ${count(action)} times`]
        : []
    }
    const ended = life(mine.map(({ action }) => action))
    return [
      ...(ended === state ? [] : [`${number} is ${state}; told as ${ended ?? 'impossible'}`]),
      ...(count('key-issued') === (issued.get(number)?.length ?? 0)
        ? []
        : [`${number}: a key that was not told`]),
      ...mentions('key', 'activated'),
      ...mentions('token', 'password-reset'),
      ...(mine.some(({ at }, index) => at < (mine[index - 1]?.at ?? at)) ? [`${number}: out of order`] : []),
    ]
  })
}

/** Where a life told by its acts has come; null when it cannot have been. */
function life(actions: readonly string[]): AccountState | null {
  const events = actions.filter((action): action is AccountEvent =>
    (accountEvents as readonly string[]).includes(action),
  )
  return events.reduce<AccountState | null>((state, event) => state && next(state, event), 'none')
}
