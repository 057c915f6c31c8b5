/** What a look at a directory has found. fault: it cannot be kept like this · warning: it can, with something missing. */
export interface Finding {
  readonly what: string
  readonly level: 'fine' | 'warning' | 'fault'
  readonly detail: string
}

export type Tell = (what: string, level: Finding['level'], detail: string) => void

/** The values of an attribute as ldapts gives them, as texts. */
export function valuesOf(value: Buffer | Buffer[] | string | string[] | undefined): string[] {
  return [value ?? []].flat().map(String)
}
