import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { accountStates } from '../../domain/account.ts'
import type { RightReason } from '../../domain/right.ts'
import { keyFaults } from '../../domain/supplied-key.ts'
import { why, type Situation } from '../../domain/why.ts'
import { graceRight, noRight, openRight } from './people.ts'

const situation = (differs: Partial<Situation> = {}): Situation => ({
  right: openRight,
  state: 'invited',
  locked: false,
  address: 'usable',
  fault: null,
  key: 'waiting',
  keyFault: null,
  birthDateMissing: false,
  invitation: 'sent',
  late: [],
  held: null,
  ...differs,
})

const reasons: readonly RightReason[] = [
  'CANCELLED',
  'TERMINATED',
  'IN_CREATION',
  'YEAR_OVER',
  'NEVER_ENROLLED',
  'MERGED',
  'VANISHED',
]

const anySituation: fc.Arbitrary<Situation> = fc.record({
  right: fc.oneof(
    fc.constantFrom(openRight, graceRight),
    fc.constantFrom(...reasons).map((reason) => ({ ...noRight, reason })),
  ),
  state: fc.constantFrom(...accountStates),
  locked: fc.boolean(),
  fault: fc.constantFrom(null, 'NO_AT', 'SEVERAL', 'DOMAIN'),
  address: fc.constantFrom('usable', 'missing', 'invalid', 'institutional', 'shared'),
  key: fc.constantFrom('none', 'waiting', 'sleeping', 'used', 'replaced'),
  keyFault: fc.constantFrom(null, ...keyFaults),
  birthDateMissing: fc.boolean(),
  invitation: fc.constantFrom('due', 'withheld', 'sent', 'retrying', 'bounced', 'refused', 'cancelled', null),
  held: fc.constantFrom(null, 'losses', 'vanished', 'removals'),
  late: fc.subarray(['primary', 'upmc', 'mailbox']),
})

describe('why', () => {
  it('is one French sentence that can be read aloud, in every situation', () => {
    fc.assert(
      fc.property(anySituation, (given) => {
        const said = why(given)
        expect(said).toMatch(/^\p{Lu}/u)
        expect(said.indexOf('.')).toBe(said.length - 1)
        expect(said).not.toMatch(/undefined|null|\[|\{| {2}/)
      }),
      { numRuns: 1000 },
    )
  })

  it('says who must act next: student, scolarité, support, security, or nobody but time', () => {
    const actors =
      /scolarité|étudiant|cellule|équipe informatique|il n'y a rien à faire|automatiquement|nouvelle inscription/
    fc.assert(
      fc.property(anySituation, (given) => {
        expect(why(given)).toMatch(actors)
      }),
      { numRuns: 1000 },
    )
  })

  it('a lock comes before everything else', () => {
    fc.assert(
      fc.property(anySituation, (given) => {
        expect(why({ ...given, locked: true })).toMatch(/verrouillé.*cellule sécurité/)
      }),
    )
  })

  it('without a right, the scolarité must look at the enrolment', () => {
    const said = (reason: RightReason) => why(situation({ right: { ...noRight, reason } }))
    expect(said('CANCELLED')).toMatch(/annulée.*scolarité/)
    expect(said('TERMINATED')).toMatch(/résiliée.*scolarité/)
    expect(said('IN_CREATION')).toMatch(/en cours de création.*scolarité/)
    expect(said('YEAR_OVER')).toMatch(/pas d'inscription cette année.*scolarité/)
    expect(said('NEVER_ENROLLED')).toMatch(/Aucune inscription.*scolarité/)
  })

  it('a suspended account is said to be so', () => {
    expect(why(situation({ right: noRight, state: 'suspended' }))).toContain('le compte est suspendu')
    expect(why(situation({ right: noRight, state: 'invited' }))).not.toContain('suspendu')
  })

  it('a shared address must be replaced by the student’s own', () => {
    for (const state of ['invited', 'active'] as const) {
      expect(why(situation({ state, address: 'shared' }))).toMatch(/même adresse.*adresse à lui seul/)
    }
  })

  it('each way an address fails is named, and the key of the card still works', () => {
    expect(why(situation({ address: 'missing' }))).toMatch(/^Aucune adresse personnelle.*clef de sa carte/)
    expect(why(situation({ address: 'invalid' }))).toMatch(/mal formée.*clef de sa carte/)
    expect(why(situation({ address: 'invalid', fault: 'NO_AT' }))).toMatch(
      /\(il manque le signe @\).*clef de sa carte/,
    )
    expect(why(situation({ address: 'institutional' }))).toMatch(/adresse de l'université.*clef de sa carte/)
  })

  it('an invitation is told by how far it came', () => {
    expect(why(situation({ invitation: 'sent' }))).toContain('a été envoyée')
    expect(why(situation({ invitation: 'due' }))).toContain('lendemain matin')
    expect(why(situation({ invitation: 'retrying' }))).toContain('réessayé automatiquement')
    expect(why(situation({ invitation: 'bounced' }))).toContain("corriger l'adresse")
    expect(why(situation({ invitation: 'refused' }))).toContain("corriger l'adresse")
    expect(why(situation({ key: 'none', invitation: null }))).toContain('en préparation')
  })

  it('a key that is not supplied, or cannot be taken, is told with who must act', () => {
    for (const keyFault of keyFaults)
      expect(why(situation({ key: 'none', invitation: null, keyFault }))).toMatch(
        /Apogée.*équipe informatique/,
      )
  })

  it('nobody can activate in grace', () => {
    expect(why(situation({ right: graceRight }))).toMatch(/n'a pas été activé.*nouvelle inscription/)
  })

  it('an active account names the directories that are late', () => {
    expect(why(situation({ state: 'active', late: ['upmc', 'mailbox'] }))).toContain('dans upmc, mailbox')
  })

  it('an active account that works everywhere needs nobody but its student', () => {
    expect(why(situation({ state: 'active' }))).toMatch(/actif partout.*son numéro/)
    expect(why(situation({ state: 'active', right: graceRight }))).toContain('sursis')
    expect(why(situation({ state: 'active', address: 'missing' }))).toMatch(/aucune adresse.*scolarité/)
  })
})
