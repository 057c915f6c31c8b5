import type { Seen } from './world.ts'

/** How many letters a sender has in the air at once (daemon/letter/deliver.ts): so many may be sent again after a cut,
 *  and so many may still be taken in by the mail server after it. */
const inTheAir = 5

/** I5: each letter is sent at least once, and at most once more per ambiguous end of a dialogue. */
export async function lettersComeOnce({ registry, letters, cuts }: Seen): Promise<string[]> {
  const rows = await registry.selectFrom('letter').select(['id', 'state', 'kind']).execute()
  const idOf = (messageId: string) => messageId.replace(/^<?([^@]*)@.*$/, '$1')
  const came = Map.groupBy(
    letters.map(({ messageId }, at) => ({ id: idOf(messageId), at })),
    ({ id }) => id,
  )
  const known = new Set(rows.map(({ id }) => id))
  const never = rows
    .filter(({ id, state }) => state === 'sent' && !came.has(id))
    .map(({ id, kind }) => `${kind} ${id} counts as sent and never came`)
  const unknown = [...came.keys()]
    .filter((id) => !known.has(id))
    .map((id) => `nobody knows of the letter ${id}`)

  const repeats = [...came].flatMap(([id, each]) =>
    each.slice(1).map(({ at }, index) => ({ id, from: each[index]?.at ?? 0, to: at })),
  )
  const again = unexplained(repeats, cuts).map(({ id }) => `the letter ${id} came again without a cause`)
  return [...never, ...unknown, ...again, ...keysMailedTwice(letters, idOf)]
}

/** A letter that came at `from` and again at `to`. */
interface Repeat {
  readonly id: string
  readonly from: number
  readonly to: number
}

/** The repeats that no cut explains: each explains so many as were in the air, those first that no later one can. */
function unexplained(repeats: readonly Repeat[], cuts: readonly number[]): Repeat[] {
  const left = new Set(repeats)
  for (const cut of [...cuts].sort((one, other) => one - other)) {
    const may = [...left].filter(({ from, to }) => from - inTheAir < cut && cut <= to)
    for (const repeat of may.sort((one, other) => one.to - other.to).slice(0, inTheAir)) left.delete(repeat)
  }
  return [...left]
}

/** One invitation per key: two letters that carry the same one are one too many. */
function keysMailedTwice(letters: Seen['letters'], idOf: (messageId: string) => string): string[] {
  const carried = letters.flatMap(({ text, messageId }) =>
    [...text.matchAll(/^Clef d'activation : ([A-Z0-9]{12})$/gm)].map(([, key = '']) => ({
      key,
      id: idOf(messageId),
    })),
  )
  return [...Map.groupBy(carried, ({ key }) => key).values()]
    .map((each) => new Set(each.map(({ id }) => id)))
    .filter((ids) => ids.size > 1)
    .map((ids) => `one key was mailed in ${ids.size} letters: ${[...ids].join(', ')}`)
}
