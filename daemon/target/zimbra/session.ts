import type { Clock } from '../../../platform/clock.ts'
import { packageVersion } from '../../../platform/root.ts'
import { unavailable } from '../refusal.ts'
import type { Channel } from './channel.ts'
import { only, readAnswer, textOf, writeRequest, type Answer, type Content } from './envelope.ts'
import { codeOf, faulted, isTokenOver, unanswered } from './fault.ts'

/** Who we are at Zimbra. */
export interface Administrator {
  readonly target: string
  readonly name: string
  readonly password: string
  /** No request lasts longer, unless it is told that it may. */
  readonly timeoutMs: number
  readonly clock: Clock
}

export interface Asking {
  /** How long it may last, when not as long as any. */
  readonly timeoutMs?: number
  /** Empty: a session is asked for; else the one to go on with. */
  readonly session?: string
  /** It may be sent again where a kept connection turns out to have ended: it changes nothing. */
  readonly reads?: boolean
}

/** How long nobody tries again who was not let in: Zimbra shuts an administrator out who fails too often. */
const pauseMs = 30_000

/** The token with which all requests to one Zimbra are sent, whatever connection they take: asked for once by all who need
 *  it, and again when it has run out. */
export class Session {
  readonly #who: Administrator
  #asking: Promise<string> | null = null
  #turnedAwayAt: number | null = null

  constructor(who: Administrator) {
    this.#who = who
  }

  /** Sends a request and returns what came, unless it was a fault. Throws TARGET_UNAVAILABLE (transient), and
   *  TARGET_REFUSED with the code of the fault in its details. */
  async ask(
    channel: Channel,
    name: string,
    content: { readonly [name: string]: Content },
    asking: Asking = {},
  ): Promise<Answer> {
    for (let tries = 0; ; tries++) {
      const asked = (this.#asking ??= this.#signIn(channel))
      const token = await this.#signedIn(asked)
      const answer = await this.#send(channel, name, content, token, asking)
      if (answer.name !== 'Fault') {
        if (answer.name === name) return answer
        throw unavailable(this.#who.target, `an answer to something else than ${name}`)
      }
      if (!isTokenOver(codeOf(answer.body)) || tries > 0) throw faulted(this.#who.target, answer.body)
      if (this.#asking === asked) this.#asking = null
    }
  }

  async #signedIn(asked: Promise<string>): Promise<string> {
    try {
      return await asked
    } catch (error) {
      if (this.#asking === asked) this.#asking = null
      throw error
    }
  }

  async #signIn(channel: Channel): Promise<string> {
    const { target, name, password, clock } = this.#who
    if (this.#turnedAwayAt !== null && clock.monotonic() - this.#turnedAwayAt < pauseMs)
      throw unavailable(target, 'we were not let in a moment ago')
    const answer = await this.#send(channel, 'Auth', { name, password }, null, {})
    if (answer.name === 'Fault') {
      this.#turnedAwayAt = clock.monotonic()
      throw unavailable(target, 'we are not let in', faulted(target, answer.body))
    }
    this.#turnedAwayAt = null
    const token = only(answer.body, 'authToken')
    if (answer.name !== 'Auth' || token === null || textOf(token) === '')
      throw unavailable(target, 'no token in an answer')
    return textOf(token)
  }

  async #send(
    channel: Channel,
    name: string,
    content: { readonly [name: string]: Content },
    token: string | null,
    {
      timeoutMs = this.#who.timeoutMs,
      session = null,
      reads = false,
    }: Partial<Record<'session', string | null>> & Omit<Asking, 'session'>,
  ): Promise<Answer> {
    const text = writeRequest(name, content, { token, session, agent: packageVersion })
    try {
      const { status, text: said } = await channel.post(text, timeoutMs, reads)
      // A fault comes with 500; anything else that is no 200 comes from something else than Zimbra.
      if (status !== 200 && status !== 500) throw unavailable(this.#who.target, `answered HTTP ${status}`)
      return readAnswer(said)
    } catch (error) {
      throw unanswered(this.#who.target, error)
    }
  }
}
