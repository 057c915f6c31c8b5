import type { Seen } from './world.ts'

/** I8: everything has settled, with no hand, by the time stated. */
export async function everythingSettles({ registry, now }: Seen): Promise<string[]> {
  const settlements = await registry
    .selectFrom('settlement')
    .select(['target', 'number', 'state', 'code'])
    .where('state', '<>', 'settled')
    .execute()
  const unjudged = await registry.selectFrom('person').select('number').where('unjudged', '=', true).execute()
  const unanswered = await registry.selectFrom('reset_request').select('id').execute()
  const letters = await registry
    .selectFrom('letter')
    .select(['id', 'kind', 'state'])
    .where('state', 'in', ['due', 'retrying'])
    .where('due_at', '<=', now)
    .execute()
  const promises = await registry
    .selectFrom('promise')
    .select(['kind', 'target', 'number', 'broken'])
    .where((where) => where.or([where('kept', 'is', null), where('broken', '=', true)]))
    .where('released', 'is', null)
    .execute()
  return [
    ...settlements.map(
      ({ target, number, state, code }) => `${target}: ${number} is ${state} (${code ?? ''})`,
    ),
    ...unjudged.map(({ number }) => `${number} is not judged`),
    ...unanswered.map(({ id }) => `the request ${id} is not answered`),
    ...letters.map(({ id, kind, state }) => `${kind} ${id} is ${state}`),
    ...promises.map(
      ({ kind, target, number, broken }) =>
        `${number}: the promise of ${kind} ${target ?? ''} is ${broken ? 'broken' : 'open'}`,
    ),
  ]
}
