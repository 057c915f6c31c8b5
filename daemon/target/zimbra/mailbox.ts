import type { Profile } from '../../../domain/profile.ts'
import type { Registry } from '../../../registry/open.ts'
import type { Lane, Target } from '../target.ts'
import { Channel, type ChannelOptions } from './channel.ts'
import { knownOf, read, type Ask, type Desk } from './read.ts'
import { scan } from './scan.ts'
import { Session } from './session.ts'
import { weigh } from './weigh.ts'
import { write } from './write.ts'

export interface MailboxTargetOptions extends ChannelOptions {
  readonly profile: Profile
  readonly mode: 'write' | 'observe'
  /** Who makes mailboxes; where Zimbra does, we wait for them. */
  readonly createdBy: 'matricule' | 'zimbra'
  /** See `Target`. */
  readonly restMs?: number
  /** Whose address is whose, and what we remember of forwarding. */
  readonly registry: Registry
  /** Who we are there. */
  readonly admin: string
  readonly password: string
  /** No request lasts longer… */
  readonly timeoutMs: number
  /** … but the one that lists a whole domain. */
  readonly listingMs: number
}

/** The mailboxes of Zimbra, by its SOAP administration interface (docs/decisions/017): a target like the directories, whose
 *  entries are accounts, named by their address and known again by their zimbraId. */
export function createMailboxTarget(options: MailboxTargetOptions): Target {
  const {
    profile,
    registry,
    mode,
    createdBy,
    restMs,
    admin: name,
    password,
    timeoutMs,
    clock,
    listingMs,
  } = options
  const desk: Desk = { profile, registry, createdBy, known: new WeakMap() }
  const session = new Session({ target: profile.name, name, password, timeoutMs, clock })
  const opened: Channel[] = []
  const asking = (): Ask => {
    const channel = new Channel(options)
    opened.push(channel)
    return (...asked) => session.ask(channel, ...asked)
  }
  const lane = (ask: Ask): Lane => ({
    read: (number) => read(desk, ask, number),
    apply: (change, _verifier, seen, permit) => {
      // A change may be several requests, one after the other.
      const permitted: Ask = async (...asked) => {
        permit?.()
        return ask(...asked)
      }
      return write(desk, permitted, change, seen?.found ?? null)
    },
  })
  // Connections of their own: whom a student waits for never queues behind a pass.
  const lanes = { pass: lane(asking()), nudge: lane(asking()) }
  const listing = asking()
  return {
    name: profile.name,
    profile,
    mode,
    ...(restMs === undefined ? {} : { restMs }),
    // Who waits for a connection waits within the time of the request.
    mostInHand: options.connections * 2,
    scan: (signal) => scan(desk, listing, listingMs, signal),
    // Zimbra does not tell what has changed.
    changesSince: () => Promise.resolve(null),
    lane: (which) => lanes[which],
    respell(desired, found) {
      const { box, memory } = knownOf(desk, found)
      return weigh(desired, box, memory)
    },
    close() {
      for (const channel of opened) channel.close()
      return Promise.resolve()
    },
  }
}
