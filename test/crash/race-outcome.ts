import type { KeyRing } from '../../platform/seal.ts'
import { systemChance } from '../../platform/chance.ts'
import { createVerifiers } from '../../platform/verifier.ts'
import type { Registry } from '../../registry/open.ts'

/** One race: whose secret it was, and what each rival was answered. */
export interface Race {
  readonly number: string
  readonly answers: readonly { readonly password: string; readonly status: number }[]
}

/** What a race of a kind must come to. */
interface Kind {
  readonly name: string
  readonly success: number
  /** What everybody else may be answered. */
  readonly others: readonly number[]
  readonly letter: 'activation-received' | 'password-changed'
  readonly promise: 'account' | 'password'
  readonly act: 'activated' | 'password-reset'
  /** Pages of progress that the student has had by now. */
  readonly pages: number
}

export const keyRace: Kind = {
  name: 'key',
  success: 201,
  others: [409, 503],
  letter: 'activation-received',
  promise: 'account',
  act: 'activated',
  pages: 1,
}

export const linkRace: Kind = {
  name: 'link',
  success: 200,
  others: [403, 503],
  letter: 'password-changed',
  promise: 'password',
  act: 'password-reset',
  pages: 2,
}

/** What is wrong after some races of students who had no other race of this kind, in words: a second success or none, a
 *  second letter or none, or anything of a claim that is missing, doubled or another rival's. */
export async function wrongIn(
  registry: Registry,
  ring: KeyRing,
  kind: Kind,
  races: readonly Race[],
  targets: readonly string[],
): Promise<string[]> {
  const left = await leftBy(registry, kind, races)
  const found = await Promise.all(
    races.map(async ({ number, answers }) => {
      const winners = answers.filter(({ status }) => status === kind.success)
      const strange = answers.filter(({ status }) => status !== kind.success && !kind.others.includes(status))
      const { sealed, ...counts } = left(number)
      const expected = {
        letters: 1,
        promises: 1 + targets.length,
        acts: 1,
        pages: kind.pages,
        unsettled: targets.length,
        used: 1,
        active: 1,
        addresses: 1,
      }
      const amiss = Object.entries(expected).flatMap(([what, count]) => {
        const seen = counts[what as keyof typeof expected]
        return seen === count ? [] : [`${seen} ${what} instead of ${count}`]
      })
      const [winner] = winners
      const theirs =
        sealed.length === 1 && winner !== undefined && (await opens(ring, sealed, winner.password))
      return [
        ...(winners.length === 1 ? [] : [`${winners.length} successes`]),
        ...(strange.length === 0
          ? []
          : [`answered ${[...new Set(strange.map(({ status }) => status))].join(', ')}`]),
        ...(theirs ? [] : ['the verifier is not that of whoever won']),
        ...amiss,
      ].map((detail) => `${kind.name} of ${number}: ${detail}`)
    }),
  )
  return found.flat()
}

const verifiers = createVerifiers({
  schemes: ['ssha'],
  chance: systemChance,
  argon2: { memory_kib: 8_192, passes: 1, lanes: 1 },
})

async function opens(ring: KeyRing, sealed: readonly string[], password: string): Promise<boolean> {
  const [one = ''] = sealed
  return verifiers.check(await ring.unseal('verifier', one), password)
}

/** How much each student has of what a claim leaves. */
async function leftBy({ db }: Registry, kind: Kind, races: readonly Race[]) {
  const among = races.map(({ number }) => number)
  const [letters, promises, acts, pages, unsettled, keys, tokens, active, addresses, kept] = await Promise.all([
    db.selectFrom('letter').select('number').where('number', 'in', among).where('kind', '=', kind.letter).execute(),
    db.selectFrom('promise').select('number').where('number', 'in', among).where('kind', '=', kind.promise).execute(),
    db.selectFrom('audit').select('number').where('number', 'in', among).where('action', '=', kind.act).execute(),
    db.selectFrom('progress').select('number').where('number', 'in', among).execute(),
    db
      .selectFrom('settlement')
      .select('number')
      .where('number', 'in', among)
      .where('state', '=', 'unsettled')
      .execute(),
    db
      .selectFrom('activation_key')
      .select('number')
      .where('number', 'in', among)
      .where('state', '=', 'used')
      .where('sealed', 'is', null)
      .execute(),
    db
      .selectFrom('reset_token')
      .select('number')
      .where('number', 'in', among)
      .where('used_at', 'is not', null)
      .execute(),
    db.selectFrom('account').select('number').where('number', 'in', among).where('state', '=', 'active').execute(),
    db.selectFrom('institutional_address').select('number').where('number', 'in', among).execute(),
    db.selectFrom('verifier').select(['number', 'sealed']).where('number', 'in', among).execute(),
  ]) // prettier-ignore
  const used = kind === keyRace ? keys : tokens
  const tables = { letters, promises, acts, pages, unsettled, used, active, addresses }
  return (number: string) => {
    const of = (rows: readonly { number: string | null }[]) =>
      rows.filter((row) => row.number === number).length
    return {
      ...(Object.fromEntries(Object.entries(tables).map(([name, rows]) => [name, of(rows)])) as Record<
        keyof typeof tables,
        number
      >),
      sealed: kept.filter((row) => row.number === number).map(({ sealed }) => sealed),
    }
  }
}
