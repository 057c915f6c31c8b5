/** Makes one act of many asked for at once: whoever asks while an act is under way waits, and all who wait are the next
 *  one, `most` at a time. Alone, nobody waits longer than for the turn to end; or for `leisure`, unless `most` have come
 *  before, where fewer acts are worth more than an answer at once. `act` answers in the order of what it was given; when
 *  it fails for several it is tried for each alone, so that nobody fails for another's sake; but for the errors that are
 *  not `apart`: with those it would fail for each as well. */
export function gather<Asked, Answer>(
  act: (asked: readonly Asked[]) => Promise<readonly Answer[]>,
  most: number,
  leisure?: (enough: AbortSignal) => Promise<void>,
  apart: (error: unknown) => boolean = () => true,
): (asked: Asked) => Promise<Answer> {
  interface Waiting {
    readonly asked: Asked
    readonly resolve: (answer: Answer) => void
    readonly reject: (error: unknown) => void
  }
  const waiting: Waiting[] = []
  let acting = false
  let enough: AbortController | null = null

  const answer = async (batch: readonly Waiting[]): Promise<void> => {
    try {
      const answers = await act(batch.map(({ asked }) => asked))
      batch.forEach(({ resolve }, index) => resolve(answers[index] as Answer))
    } catch (error) {
      if (batch.length === 1 || !apart(error)) batch.forEach(({ reject }) => reject(error))
      else for (const each of batch) await answer([each])
    }
  }
  const untilEnough = async (): Promise<void> => {
    if (leisure === undefined || waiting.length >= most) return
    enough = new AbortController()
    await leisure(enough.signal)
    enough = null
  }
  const run = async (): Promise<void> => {
    acting = true
    // Whoever asks in the same turn is among the first.
    await new Promise((resolve) => setImmediate(resolve))
    while (waiting.length > 0) {
      await untilEnough()
      await answer(waiting.splice(0, most))
    }
    acting = false
  }
  return (asked) =>
    new Promise((resolve, reject) => {
      waiting.push({ asked, resolve, reject })
      if (!acting) void run()
      else if (waiting.length >= most) enough?.abort()
    })
}
