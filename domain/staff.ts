/** What a member of staff may be; the words stand in a claim of the sign-in (setting `helpdesk.role_claim`). */
export const staffRoles = ['support', 'registrar', 'security', 'operator'] as const
export type StaffRole = (typeof staffRoles)[number]

/** What can be done at the helpdesk, and who may. Nothing here chooses a password: nobody may. */
export const staffActs = {
  /** Look a student up. */
  read: ['support', 'registrar', 'security'],
  /** See or replace an activation key. */
  key: ['support'],
  /** Send a letter again. */
  resend: ['support'],
  /** Read the record of one student again. */
  reread: ['support', 'registrar'],
  /** Give the institutional address of a new name. */
  address: ['support', 'registrar'],
  /** Lists of addresses to be corrected. */
  lists: ['registrar'],
  /** Lists of what could not be taken or written. */
  faults: ['registrar', 'operator'],
  /** Lock and unlock an account. */
  lock: ['security'],
  /** Look at held plans, and approve them. */
  plans: ['operator'],
  /** How far the students of each faculty have come. */
  funnel: ['support', 'registrar', 'security', 'operator'],
  /** The trail of acts. */
  audit: ['security', 'operator'],
} as const satisfies Record<string, readonly StaffRole[]>
export type StaffAct = keyof typeof staffActs

/** A member of staff who has signed in. */
export interface Staff {
  /** Who it is at the provider: stands in the trail. */
  readonly subject: string
  readonly name: string
  readonly roles: readonly StaffRole[]
  /** The composantes (COD_CMP) they may see; null: all. */
  readonly scope: readonly string[] | null
}

export function may({ roles }: Pick<Staff, 'roles'>, act: StaffAct): boolean {
  return staffActs[act].some((role) => (roles as readonly string[]).includes(role))
}

/** The roles that a claim names, a text or a list of them; words that are no role count for nothing. */
export function rolesOf(claim: unknown): StaffRole[] {
  const named = textsOf(claim)
  return staffRoles.filter((role) => named.includes(role))
}

/** The composantes that a claim opens: it names faculties or composantes. Without the claim, all; a claim that names
 *  nothing we know opens nothing. */
export function scopeOf(
  claim: unknown,
  faculties: readonly { readonly id: string; readonly components: readonly string[] }[],
): string[] | null {
  if (claim === undefined) return null
  const named = textsOf(claim)
  const ofFaculties = faculties.filter(({ id }) => named.includes(id)).flatMap(({ components }) => components)
  const ids = new Set(faculties.map(({ id }) => id))
  return [...new Set([...ofFaculties, ...named.filter((name) => !ids.has(name))])]
}

function textsOf(claim: unknown): string[] {
  const list: unknown[] = Array.isArray(claim) ? claim : [claim]
  return list.filter((each) => typeof each === 'string')
}
