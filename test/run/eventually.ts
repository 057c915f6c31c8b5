import { setTimeout as sleep } from 'node:timers/promises'

/** What `look` finds, as soon as it finds something; the last reason not to, when the time has run out. */
export async function eventually<T>(
  what: string,
  look: () => Promise<T | null | undefined | false>,
  withinMs = 20_000,
): Promise<T> {
  const end = performance.now() + withinMs
  let reason: unknown = 'it was not there'
  for (;;) {
    try {
      const found = await look()
      if (found !== null && found !== undefined && found !== false) return found
    } catch (error) {
      reason = error
    }
    if (performance.now() > end) throw new Error(`${what}: not within ${withinMs} ms (${String(reason)})`)
    await sleep(50)
  }
}
