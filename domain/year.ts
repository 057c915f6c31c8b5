/** Which academic years count, and how far. A year is its COD_ANU: `2026` for 2026-27. */
export interface Years {
  /** An enrolment in one of these gives the right to an account. */
  readonly open: readonly string[]
  /** An enrolment in one of these keeps sign-in and mailbox for a while, and gives nothing new. */
  readonly grace: readonly string[]
}

export interface YearRules {
  /** When set, these years are open, and no others. */
  readonly open: readonly string[] | null
  /** `MM-DD` of the following civil year: the last day a year is open. */
  readonly closeOn: string
  /** `MM-DD` of the following civil year: the last day of its grace. */
  readonly graceUntil: string
}

/** The years that count on `day` (`YYYY-MM-DD`, Paris).
 *  A year joins when the source opens it and stays until its day, whatever the source says later;
 *  the year before the first one opened is taken as having been open in its time. */
export function yearsOn(day: string, opened: readonly string[], rules: YearRules): Years {
  const known = new Set(opened)
  const first = [...opened].sort()[0]
  if (first !== undefined) known.add(before(first))
  const open = new Set(rules.open ?? [...known].filter((year) => day <= lastOpenDay(year, rules)))
  const newest = [...open].sort().at(-1) ?? ''
  // Grace follows on being open: a year that the settings do not open yet is none.
  const over = (year: string) => year < newest || day > lastOpenDay(year, rules)
  const grace = [...known].filter((year) => !open.has(year) && over(year) && day <= lastGraceDay(year, rules))
  return { open: [...open].sort(), grace: grace.sort() }
}

/** The last day on which `year` is open. */
export function lastOpenDay(year: string, rules: YearRules): string {
  return `${after(year)}-${rules.closeOn}`
}

/** The last day of grace of `year`. */
export function lastGraceDay(year: string, rules: YearRules): string {
  return `${after(year)}-${rules.graceUntil}`
}

export const before = (year: string): string => String(Number(year) - 1)
const after = (year: string): string => String(Number(year) + 1)
