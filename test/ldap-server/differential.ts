import fc from 'fast-check'
import { readReadEntry, readPage } from '../../ldap-protocol/controls.ts'
import type { Attribute, Control, Message, Request, Response } from '../../ldap-protocol/message.ts'
import { control } from '../../ldap-protocol/oids.ts'
import type { AccessRule } from '../../ldap-server/create.ts'
import { startSlapd } from '../run/servers/slapd.ts'
import { allowed } from './differential-allowed.ts'
import type { Answered, Difference } from './differential-allowed.ts'
import { steps } from './differential-steps.ts'
import type { Step } from './differential-steps.ts'
import { start } from './running.ts'
import { Wire, searchFor } from './wire.ts'

const suffix = 'dc=differential,dc=org'
const people = `ou=people,${suffix}`
const writer = `cn=matricule,ou=services,${suffix}`

/** As docker/openldap/access.conf has it, but that whoever keeps the people reads the rest too. */
const rules: AccessRule[] = [
  { who: 'anyone', base: '', scope: 'base', attributes: 'ordinary', right: 'read' },
  { who: 'anyone', base: 'cn=Subschema', scope: 'base', attributes: 'ordinary', right: 'read' },
  { who: { dn: writer }, base: people, scope: 'subtree', attributes: ['userPassword'], right: 'write' },
  { who: { dn: writer }, base: people, scope: 'subtree', attributes: 'ordinary', right: 'write' },
  { who: 'anonymous', base: suffix, scope: 'subtree', attributes: ['userPassword'], right: 'auth' },
  { who: { dn: writer }, base: suffix, scope: 'subtree', attributes: 'ordinary', right: 'read' },
]

/** Of every kind, so that what they leave out is seen. */
const indexes = [
  'objectClass eq',
  'cn pres,eq,sub',
  'sn eq,sub',
  'uid eq,pres',
  'description pres,sub',
  'telephoneNumber eq,sub',
  'mail eq,sub',
  'l sub',
  'entryCSN order',
  'createTimestamp eq,order',
]

const first = `
dn: ${suffix}
objectClass: organization
objectClass: dcObject
o: differential
dc: differential

dn: ${people}
objectClass: organizationalUnit
ou: people

dn: ou=services,${suffix}
objectClass: organizationalUnit
ou: services

dn: ${writer}
objectClass: applicationProcess
objectClass: simpleSecurityObject
cn: matricule
userPassword: {CLEAR}demo
`

/** A slapd and a directory of the house that hold the same. */
export interface Pair extends AsyncDisposable {
  /** Runs one sequence on both, below a new base. @returns what differs first and is not allowed to */
  run(sequence: readonly Step[]): Promise<Difference | null>
  /** Reasons of allowed differences that were met. */
  readonly met: Map<string, number>
}

export async function openPair(): Promise<Pair> {
  await using opened = new AsyncDisposableStack()
  const slapd = opened.use(await startSlapd(people, { overlay: 'sssvlv' }))
  const house = opened.use(await start({ suffix, access: rules, first, indexes }))
  const ours = await openWire(house.port)
  const theirs = await openWire(slapd.port)
  const met = new Map<string, number>()
  let count = 0
  const stack = opened.move()
  return {
    met,
    async run(sequence) {
      const name = `s${++count}`
      const base = `ou=${name},${people}`
      const attributes = [attribute('objectClass', 'organizationalUnit'), attribute('ou', name)]
      for (const wire of [ours, theirs]) {
        if ((await ask(wire, { kind: 'add', dn: base, attributes }, [])).code !== 0)
          throw new Error(`no ${base}`)
      }
      for (const [at, step] of sequence.entries()) {
        const { request, controls } = step(base)
        const [one, other] = await Promise.all([ask(ours, request, controls), ask(theirs, request, controls)])
        const difference = { at, request, controls, ours: one, theirs: other, afterwards: false }
        if (!same(one, other)) {
          const reason = allowed.find(({ when }) => when(difference))
          if (!reason) return difference
          met.set(reason.why, (met.get(reason.why) ?? 0) + 1)
          if (writes.has(request.kind) && (one.code === 0) !== (other.code === 0)) return null
        }
        if (!writes.has(request.kind) || (one.code !== 0 && other.code !== 0)) continue
        const [mine, yours] = await Promise.all([
          ask(ours, everything(base), []),
          ask(theirs, everything(base), []),
        ])
        if (same(mine, yours)) continue
        const state = { at, request, controls, ours: mine, theirs: yours, afterwards: true }
        const reason = allowed.find(({ when }) => when(state))
        if (!reason) return state
        met.set(reason.why, (met.get(reason.why) ?? 0) + 1)
        // From here on they hold different things: nothing more can be learned.
        return null
      }
      return null
    },
    async [Symbol.asyncDispose]() {
      ours.close()
      theirs.close()
      await stack.disposeAsync()
    },
  }
}

/** Draws sequences from a seed and runs them. @returns what differs and is not allowed to, for a person to read */
export async function compareSequences(
  seed: number,
  count: number,
): Promise<{ found: string[]; steps: number }> {
  await using pair = await openPair()
  const found: string[] = []
  let total = 0
  for (const sequence of fc.sample(steps, { numRuns: count, seed })) {
    total += sequence.length
    const difference = await pair.run(sequence)
    if (difference) found.push(describe(difference))
  }
  return { found, steps: total }
}

/** A difference, for a person to read. */
export function describe({ request, controls, ours, theirs, afterwards, at }: Difference): string {
  const text = (one: unknown): string =>
    JSON.stringify(one, (_key, value: unknown) =>
      value !== null &&
      typeof value === 'object' &&
      'type' in value &&
      value.type === 'Buffer' &&
      'data' in value
        ? Buffer.from(value.data as number[]).toString()
        : value,
    )
  const head = `step ${at}${afterwards ? ', what lies there afterwards' : ''}: ${text(request)} ${text(controls)}`
  return `${head}\n  ours:  ${text(ours).slice(0, 2_000)}\n  slapd: ${text(theirs).slice(0, 2_000)}`
}

const writes: ReadonlySet<Request['kind']> = new Set<Request['kind']>(['add', 'modify', 'delete', 'rename'])
const marks = [
  'structuralObjectClass',
  'creatorsName',
  'modifiersName',
  'hasSubordinates',
  'entryDN',
  'subschemaSubentry',
]
const everything = (base: string): Request =>
  searchFor(base, '(objectClass=*)', 'subtree', { attributes: ['*', ...marks] })

const attribute = (type: string, value: string): Attribute => ({ type, values: [Buffer.from(value)] })

async function openWire(port: number): Promise<Wire> {
  const wire = await Wire.open(port)
  const password = Buffer.from('demo')
  const code = await wire.code({ kind: 'bind', version: 3, name: writer, auth: { kind: 'simple', password } })
  if (code !== 0) throw new Error(`the writer cannot bind: ${code}`)
  return wire
}

async function ask(wire: Wire, request: Request, controls: readonly Control[]): Promise<Answered> {
  const messages = await wire.answers(wire.send(request, [...controls]))
  const last = messages.at(-1)
  if (wire.closed || !last) throw new Error(`the server hung up after ${JSON.stringify(request)}`)
  const { operation } = last
  const entries = messages.flatMap((each) => shown(each))
  if (operation.kind !== 'result' && operation.kind !== 'extended') throw new Error('no answer')
  return {
    code: operation.result.code,
    matchedDN: operation.result.matchedDN,
    entries: last.controls.some(({ oid }) => oid === control.sortResponse) ? entries : entries.sort(),
    controls: last.controls.map(shownControl).sort(),
    message: operation.result.message,
  }
}

function shown({ operation }: Message<Response>): string[] {
  return operation.kind === 'entry' ? [shownEntry(operation.dn, operation.attributes)] : []
}

/** Numbers, moments and identities are each server's own. */
const own = new Set(['entryuuid', 'entrycsn', 'createtimestamp', 'modifytimestamp'])

function shownEntry(dn: string, attributes: readonly Attribute[]): string {
  const list = attributes
    .map(({ type, values }) => [
      type,
      own.has(type.toLowerCase()) ? [] : values.map((one) => one.toString('latin1')).sort(),
    ])
    .sort()
  return JSON.stringify([dn, list])
}

function shownControl({ oid, value }: Control): string {
  if (!value) return oid
  if (oid === control.pagedResults) return `${oid} ${readPage(value).cookie.length > 0 ? 'more' : 'end'}`
  if (oid === control.sortResponse) return `${oid} ${value.toString('hex')}`
  if (oid !== control.preRead && oid !== control.postRead) return oid
  const { dn, attributes } = readReadEntry(value)
  return `${oid} ${shownEntry(dn, attributes)}`
}

function same(one: Answered, other: Answered): boolean {
  return (
    one.code === other.code &&
    one.matchedDN === other.matchedDN &&
    JSON.stringify([one.entries, one.controls]) === JSON.stringify([other.entries, other.controls])
  )
}
