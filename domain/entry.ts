/** What a directory says, or should say, of one student. */
export interface Entry {
  /** Who it is about, independent of where it stands: the student number. */
  readonly id: string
  readonly dn: string
  /** Values by attribute name; never an empty list. Order of values means nothing. */
  readonly attributes: Attributes
}

export type Attributes = Readonly<Record<string, readonly string[]>>

/** What must be done to one entry. A modify replaces all values of each attribute it names; an empty list removes it. */
export type Change =
  | { readonly kind: 'add'; readonly id: string; readonly dn: string; readonly attributes: Attributes }
  | { readonly kind: 'modify'; readonly id: string; readonly dn: string; readonly replace: Attributes }
  | { readonly kind: 'rename'; readonly id: string; readonly dn: string; readonly to: string }
  | { readonly kind: 'remove'; readonly id: string; readonly dn: string }

/** Entries of attributes with something to say: no empty lists, no repeated values, no empty values. */
export function attributesOf(
  values: Readonly<Record<string, readonly (string | null | undefined)[]>>,
): Attributes {
  const kept: Record<string, readonly string[]> = {}
  for (const [name, list] of Object.entries(values)) {
    const said = list.filter(isSaid)
    if (said.length > 0) kept[name] = said.length === 1 ? said : [...new Set(said)]
  }
  return kept
}

function isSaid(value: string | null | undefined): value is string {
  return value !== null && value !== undefined && value !== ''
}
