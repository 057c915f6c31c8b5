import { useEffect, useState } from 'preact/hooks'
import type { Links } from '../answers.ts'
import type { Api } from '../call.ts'

/** Asked once for all parts of the page; a failure is not kept, so that the next part asks again. */
let asked: Promise<Links | null> | null = null

/** Addresses of the services and whom to ask; null until known, or where the server does not say. */
export function useLinks(api: Api): Links | null {
  const [links, setLinks] = useState<Links | null>(null)
  useEffect(() => {
    let gone = false
    void ask(api).then((found) => {
      if (!gone) setLinks(found)
    })
    return () => {
      gone = true
    }
  }, [api])
  return links
}

async function ask(api: Api): Promise<Links | null> {
  asked ??= api.links().then((outcome) => (outcome.ok ? outcome.value : null))
  const found = await asked
  if (found === null) asked = null
  return found
}
