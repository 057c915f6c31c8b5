import type { Adapter, AdapterPayload } from 'oidc-provider'

/** Nobody of a demonstration has more open than this; the oldest go first. */
const most = 5_000

/** What the provider of the demonstration remembers: in memory, one for each provider, gone at its end. */
export function memory(): (model: string) => Adapter {
  const kept = new Map<string, AdapterPayload>()
  const keep = (key: string, payload: AdapterPayload) => {
    kept.delete(key)
    kept.set(key, payload)
    const [oldest] = kept.keys()
    if (kept.size > most && oldest !== undefined) kept.delete(oldest)
  }
  return (model) => {
    const found = (test: (payload: AdapterPayload) => boolean) =>
      Promise.resolve([...kept].find(([key, payload]) => key.startsWith(`${model}:`) && test(payload))?.[1])
    return {
      upsert(id, payload) {
        keep(`${model}:${id}`, payload)
        return Promise.resolve()
      },
      // When it ends is in the payload, and the provider looks.
      find: (id) => Promise.resolve(kept.get(`${model}:${id}`)),
      findByUid: (uid) => found((payload) => payload.uid === uid),
      findByUserCode: (code) => found((payload) => payload.userCode === code),
      consume(id) {
        const payload = kept.get(`${model}:${id}`)
        if (payload) payload.consumed = true
        return Promise.resolve()
      },
      destroy(id) {
        kept.delete(`${model}:${id}`)
        return Promise.resolve()
      },
      revokeByGrantId(grantId) {
        for (const [key, payload] of kept) if (payload.grantId === grantId) kept.delete(key)
        return Promise.resolve()
      },
    }
  }
}
