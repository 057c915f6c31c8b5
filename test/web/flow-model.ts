import fc from 'fast-check'
import { expect } from 'vitest'
import type { IdentityError } from '../../platform/error.ts'
import { sealedVerifiersOf } from '../../registry/students.ts'
import { createFlows } from '../../web/flow/flows.ts'
import type { Flows } from '../../web/flows.ts'
import { keyFor, passwords, post } from '../run/acts.ts'
import { hour, minute } from '../run/moved-clock.ts'
import type { Stage } from '../run/stage.ts'

/** What must be true of one student, by the rules alone. */
interface Owner {
  readonly number: string
  readonly address: string
  readonly key: string
  password: string | null
  /** When links were mailed, for the limit of three in an hour. */
  mailed: number[]
}

interface Link {
  readonly owner: number
  readonly token: string
  readonly until: number
  works: boolean
}

export interface Model {
  readonly owners: readonly Owner[]
  readonly links: Link[]
}

export interface Real {
  readonly stage: Stage
  /** The flows that were called so far, by name. */
  readonly called: Set<string>
  /** A network that nobody has used. */
  network(): string
}

type Command = fc.AsyncCommand<Model, Real>

/** The flows of the page, each call of which is noted. */
function flowsOf({ stage, called }: Real): Flows {
  return new Proxy(createFlows(stage.house), {
    get(flows, name, receiver) {
      called.add(String(name))
      return Reflect.get(flows, name, receiver) as unknown
    },
  })
}

const good = [passwords.first, passwords.second, passwords.third]
const lifetime = 12 * hour
const nobodys = '0123456789ABCDEFGHIJabcdefghij'

/** The model of two students who were invited a moment ago. */
export async function modelOf(stage: Stage, numbers: readonly string[]): Promise<Model> {
  const owners = await Promise.all(
    numbers.map(async (number) => ({
      number,
      address: `p${number}@example.org`,
      key: await keyFor(stage, number),
      password: null,
      mailed: [],
    })),
  )
  return { owners, links: [] }
}

/** Whatever was called: each student has the password that the model says, and no other. */
async function agree({ owners }: Model, { stage }: Real): Promise<void> {
  for (const { number, password } of owners) {
    const sealed = (await sealedVerifiersOf(stage.rooms.registry.db, [number])).get(number) ?? {}
    if (password === null) expect(sealed).toEqual({})
    else {
      const stored = await stage.rooms.ring.unseal('verifier', sealed['ssha512'] ?? '')
      const fits = await Promise.all(
        [...good, passwords.wrong].map((each) => stage.house.verifiers.check(stored, each)),
      )
      expect(fits).toEqual([...good, passwords.wrong].map((each) => each === password))
    }
  }
}

const codeOf = (act: Promise<unknown>): Promise<string> =>
  act.then(
    () => 'done',
    (error: unknown) => (error as IdentityError).code,
  )

const command = (name: string, run: (model: Model, real: Real) => Promise<void>): Command => ({
  check: () => true,
  async run(model, real) {
    await run(model, real)
    await agree(model, real)
  },
  toString: () => name,
})

/** Number, somebody's key or nobody's, and a password, acceptable or not. */
function activates(who: number, whose: number, password: string): Command {
  return command(`activate ${who} with the key of ${whose} and « ${password} »`, async (model, real) => {
    const owner = model.owners[who]
    if (owner === undefined) return
    const key = model.owners[whose]?.key ?? 'ABCDEFGHJKMN'
    const code = await codeOf(
      flowsOf(real).activate({
        studentNumber: owner.number,
        key,
        password,
        network: real.network(),
        idempotencyKey: null,
      }),
    )
    if (who !== whose) expect(code).toBe('KEY_REFUSED')
    else if (owner.password !== null) expect(code).toBe('KEY_USED')
    else if (!good.includes(password)) expect(code).toBe('PASSWORD_REFUSED')
    else {
      expect(code).toBe('done')
      owner.password = password
    }
  })
}

function asks(who: number): Command {
  return command(`ask for a link for ${who}`, async (model, real) => {
    const owner = model.owners[who]
    if (owner === undefined) return
    const { stage } = real
    const before = stage.mail.to(owner.address).length
    const now = stage.clock.now().getTime()
    await flowsOf(real).requestReset({ email: owner.address, network: real.network() })
    await post(stage)
    const texts = stage.mail.to(owner.address).slice(before)
    const tokens = texts.flatMap(({ text }) => /token=([0-9A-Za-z]{30})/.exec(text)?.[1] ?? [])
    const recent = owner.mailed.filter((at) => at > now - hour)
    // The reason why there is no link counts as a letter too.
    const answered = recent.length < 3
    if (answered) owner.mailed.push(now)
    expect(tokens).toHaveLength(answered && owner.password !== null ? 1 : 0)
    for (const token of tokens) {
      for (const link of model.links) if (link.owner === who) link.works = false
      model.links.push({ owner: who, token, until: now + lifetime, works: true })
    }
  })
}

/** A link, the `which`-th of all ever mailed or one that never was, and a password. */
function resets(which: number, password: string): Command {
  return command(`reset by link ${which} to « ${password} »`, async (model, real) => {
    const link = model.links[which % Math.max(1, model.links.length)]
    const token = link?.token ?? nobodys
    const now = real.stage.clock.now().getTime()
    const code = await codeOf(flowsOf(real).reset({ token, password, network: real.network() }))
    const owner = link && model.owners[link.owner]
    if (!link?.works || link.until <= now || owner === undefined) expect(code).toBe('TOKEN_REFUSED')
    else if (!good.includes(password)) expect(code).toBe('PASSWORD_REFUSED')
    else {
      expect(code).toBe('done')
      owner.password = password
      for (const each of model.links) if (each.owner === link.owner) each.works = false
    }
  })
}

/** Calls that look and change nothing. */
function looks(who: number, which: number): Command {
  return command(`look at the key of ${who} and link ${which}`, async (model, real) => {
    const flows = flowsOf(real)
    const network = real.network()
    const owner = model.owners[who]
    const link = model.links[which % Math.max(1, model.links.length)]
    const now = real.stage.clock.now().getTime()
    if (owner) {
      const typed = ` ${owner.key.toLowerCase().replace(/(.{4})/g, '$1 - ')}`
      const code = await codeOf(
        flows.verifyKey({ studentNumber: owner.number, key: typed, network: real.network() }),
      )
      expect(code).toBe(owner.password === null ? 'done' : 'KEY_USED')
    }
    const token = link?.token ?? nobodys
    const opens = link !== undefined && link.works && link.until > now
    expect(await codeOf(flows.verifyToken({ token, network }))).toBe(opens ? 'done' : 'TOKEN_REFUSED')
    // A password that is judged is chosen by nobody; a secret in the place of another opens nothing.
    expect(await codeOf(flows.judge({ password: passwords.wrong, context: token, network }))).toBe('done')
    expect(await codeOf(flows.progress(token))).toBe('PROGRESS_UNKNOWN')
  })
}

function waits(minutes: number): Command {
  return command(`wait ${minutes} minutes`, (_, { stage }) => {
    stage.clock.move(minutes * minute)
    return Promise.resolve()
  })
}

const chosen = fc.constantFrom(...good, 'motdepasse', '')
const who = fc.nat({ max: 1 })
const which = fc.nat({ max: 5 })

/** Any call of the page, right and wrong, and time. */
export const commands = fc.commands(
  [
    fc.tuple(who, fc.nat({ max: 2 }), chosen).map((all) => activates(...all)),
    fc.tuple(who, fc.constantFrom(...good)).map(([each, password]) => activates(each, each, password)),
    who.map(asks),
    fc.tuple(which, chosen).map((all) => resets(...all)),
    fc.tuple(which, fc.constantFrom(...good)).map((all) => resets(...all)),
    fc.tuple(who, which).map((all) => looks(...all)),
    fc.constantFrom(5, 61, 719, 721).map(waits),
  ],
  { maxCommands: 25, size: 'max' },
)
